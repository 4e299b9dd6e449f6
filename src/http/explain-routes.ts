/** `explain/{user}`: why somebody can or cannot be online. */
import { Type } from 'typebox';
import { intentShape, ownIntentShape } from '../enforcement/intent-shape.ts';
import { latestIntentsOfUser } from '../enforcement/user-intents-queries.ts';
import { AppError } from '../errors.ts';
import { type Explanation, explainUser } from '../usage/explain-queries.ts';
import { explanationShape } from '../usage/explain-shape.ts';
import type { Calendar } from '../usage/period.ts';
import { verdictPeriods } from '../usage/verdict.ts';
import type { Language } from '../usage/verdict-texts.ts';
import { problemAnswers } from './answers.ts';
import type { Api } from './api.ts';
import { type Caller, callerOf } from './caller.ts';
import { ExplainQuery, ExplanationShape } from './explain-schemas.ts';
import type { Routes } from './http-app.ts';

export interface ExplainRoutesOptions {
  /** In the stored time zone. */
  readonly calendar: () => Calendar;
  /** What holds for users without a profile. */
  readonly defaultProfile: { readonly simultaneousUse: number };
  /** The configured one. */
  readonly language: Language;
}

/** Returns `GET explain/{user}`, by name or id; users may ask about themselves. */
export function explainRoutes(api: Api, options: ExplainRoutesOptions): Routes {
  const schema = {
    tags: ['usage'],
    summary: 'Why a user can or cannot be online',
    params: Type.Object({ user: Type.String({ description: 'A user name or id.' }) }),
    querystring: ExplainQuery,
    response: { 200: ExplanationShape, ...problemAnswers },
  };
  return (app) => {
    app.get('/explain/:user', { schema }, async (request) => {
      const { language = options.language } = request.query;
      const explanation = await explain(api, request.params.user, options);
      const caller = callerOf(request);
      refuseOthers(caller, explanation);
      const intents = await latestIntentsOfUser(api.reader, explanation.userId);
      return {
        ...explanationShape(explanation, { language, timezone: options.calendar().timezone }),
        enforcement: intents.map(caller.role === 'user' ? ownIntentShape : intentShape),
      };
    });
  };
}

async function explain(
  { reader, clock }: Api,
  user: string,
  { calendar, defaultProfile }: ExplainRoutesOptions,
): Promise<Explanation> {
  const now = clock.now();
  try {
    return await explainUser(reader, user, { now, periods: verdictPeriods(calendar(), now), defaultProfile });
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') throw notFound();
    throw error;
  }
}

/** The same answer as for nobody: a user must not learn which names there are. */
function refuseOthers({ role, userId }: Caller, explanation: Explanation): void {
  if (role === 'user' && explanation.userId !== userId) throw notFound();
}

function notFound(): AppError {
  return new AppError('not_found', 'Not found.');
}
