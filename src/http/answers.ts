/** The schemas of answers that every route can give. */
import { Type } from 'typebox';

const Detail = Type.Object(
  {
    detail: Type.String(),
    code: Type.Optional(Type.String({ description: 'What programs tell it by, where it is about a token.' })),
    messages: Type.Optional(
      Type.Array(
        Type.Object({ token_class: Type.String(), token_type: Type.String(), message: Type.String() }),
      ),
    ),
  },
  { description: 'What went wrong.' },
);
// Not a Record, whose pattern for names does not match those with line breaks: they would be left out.
const FieldErrors = Type.Object(
  {},
  {
    additionalProperties: Type.Array(Type.String()),
    description: 'What is wrong with each field, or with none of them in particular (`non_field_errors`).',
  },
);

const Reason = Type.Object(
  {
    error: Type.String(),
    detail: Type.Optional(Type.String()),
    retry_after: Type.Optional(
      Type.Integer({ description: 'Where it came too often: the seconds until the next is heard.' }),
    ),
  },
  {
    description:
      'Why an action was refused; `error` is a word for programs or the sentence clients of the API know.',
  },
);

/** What any route may answer beside what it is there for. */
export const problemAnswers = {
  '4xx': Type.Union([Reason, Detail, FieldErrors]),
  '5xx': Detail,
};
