/** `jobs/`: the runs of scheduled jobs and how they ended. */
import { Type } from 'typebox';
import { listJobRuns } from '../schedule/job-queries.ts';
import { jobRunShape } from '../schedule/job-shape.ts';
import { problemAnswers } from './answers.ts';
import type { Api } from './api.ts';
import { readersOnly } from './caller.ts';
import type { Routes } from './http-app.ts';
import { PageOf, pageOf, pageParameters } from './pages.ts';
import { textParameter } from './parameters.ts';

const Instant = Type.String({ examples: ['2025-12-11T12:00:00Z'] });

const JobRun = Type.Object({
  id: Type.Integer(),
  job: Type.String({ description: 'Its name.' }),
  status: Type.String({ description: 'How far it is, or how it ended.' }),
  due_at: Type.String({ description: 'When it was to run.' }),
  started_at: Instant,
  finished_at: Type.Union([Instant, Type.Null()]),
  item_count: Type.Union([Type.Integer(), Type.Null()], { description: 'How many it dealt with.' }),
  error: Type.Union([Type.String(), Type.Null()], { description: 'Why it failed.' }),
  leased_by: Type.String({ description: 'The instance that ran it, or runs it.' }),
  leased_until: Type.String({ description: 'When another instance may take over a run that has not ended.' }),
});

const JobQuery = Type.Object({
  ...pageParameters,
  job: Type.Optional(Type.String({ description: 'Only runs of this job.' })),
  status: Type.Optional(Type.String({ description: 'Only runs that stand so.' })),
});

/** Returns the routes of job runs. */
export function jobRoutes({ reader, listCounts }: Api): Routes {
  return (app) => {
    app.get(
      '/jobs',
      {
        onRequest: readersOnly,
        schema: {
          summary: 'List runs of scheduled jobs, newest first',
          tags: ['jobs'],
          querystring: JobQuery,
          response: { 200: PageOf(JobRun), ...problemAnswers },
        },
      },
      (request) => {
        const { job, status } = request.query;
        const list = listJobRuns(reader, { job: textParameter(job), status: textParameter(status) });
        const count = () => (list.isWhole ? listCounts.of('jobs', list.count) : list.count());
        return pageOf(request, request.query, { count, rows: list.rows }, jobRunShape);
      },
    );
  };
}
