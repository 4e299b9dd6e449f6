/** `profiles/statistics` and `profiles/{id}/statistics_detail`: what the users of profiles add up to (contract §6.1, §6.2). */
import { profilesById } from '../profiles/user-queries.ts';
import { ProfileStatistics, type ProfileStatisticsOptions } from '../usage/profile-statistics.ts';
import { profileById } from '../usage/statistics-queries.ts';
import { statisticsDetailShape, statisticsShape } from '../usage/statistics-shape.ts';
import { problemAnswers } from './answers.ts';
import type { Api } from './api.ts';
import { readersOnly } from './caller.ts';
import type { Routes } from './http-app.ts';
import { IdParams, idOf } from './parameters.ts';
import { StatisticsAnswer, StatisticsDetailAnswer } from './statistics-schemas.ts';

const tags = ['profiles'];

/** Returns the routes of statistics. The sums are made when the application is ready, and live as long as it does. */
export function statisticsRoutes(
  { reader, clock, periodStartsAt }: Api,
  options: Pick<ProfileStatisticsOptions, 'maxAgeMs'> = {},
): Routes {
  const statistics = new ProfileStatistics({ reader, clock, periodStartsAt, ...options });
  return (app) => {
    app.addHook('onReady', async () => statistics.begin());
    app.addHook('onClose', async () => statistics.close());
    app.get(
      '/profiles/statistics',
      {
        onRequest: readersOnly,
        schema: {
          tags,
          summary: 'What the users of each profile add up to',
          response: { 200: StatisticsAnswer, ...problemAnswers },
        },
      },
      async () => {
        const sums = await statistics.current();
        const profiles = await profilesById(reader.knex);
        return statisticsShape([...profiles.values()], sums);
      },
    );
    app.get(
      '/profiles/:id/statistics_detail',
      {
        onRequest: readersOnly,
        schema: {
          tags,
          summary: 'What the users of one profile add up to',
          params: IdParams,
          response: { 200: StatisticsDetailAnswer, ...problemAnswers },
        },
      },
      async (request) => {
        const profile = await profileById(reader, idOf(request.params));
        return statisticsDetailShape(profile, await statistics.current());
      },
    );
  };
}
