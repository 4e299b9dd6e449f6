/** Why credentials cannot be checked, in one plain sentence: for whoever logs in, and for whoever keeps the network. Pure. */
import type { SecretLack } from '../sign-in/stored-secret.ts';
import type { Language } from '../usage/verdict-texts.ts';

const FOR_USER: Readonly<Record<Language, string>> = {
  fr: "Votre mot de passe ne peut pas être vérifié par cette méthode (CHAP) ; demandez à l'administrateur du réseau de l'enregistrer à nouveau.",
  en: 'Your password cannot be checked by this method (CHAP); ask whoever keeps the network to set it again.',
};

const FOR_OPERATOR: Readonly<Record<SecretLack, string>> = {
  'no-key':
    'CHAP and MS-CHAPv2 need stored passwords, and radius-secrets-key is not set; use PAP, or set it.',
  'never-stored':
    'CHAP and MS-CHAPv2 need the stored password, and this user has none yet; set it, or have them sign in or log in with PAP once.',
  'other-key':
    "This user's password is stored under another radius-secrets-key; set that key, or have the password set anew.",
  outdated:
    "This user's stored password is not the one they have now; set it, or have them sign in or log in with PAP once.",
  unreadable:
    "This user's stored password is in a form this radmeter does not read; a later version stored it.",
};

/** Returns the sentence for the Reply-Message of somebody whose CHAP response could not be checked. */
export function lackSentence(language: Language): string {
  return FOR_USER[language];
}

/** Returns the sentence that tells an operator what to do about it. */
export function lackAdvice(lack: SecretLack): string {
  return FOR_OPERATOR[lack];
}
