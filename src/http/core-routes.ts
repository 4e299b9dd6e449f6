/** Everything under `/api/core/`: what asks for a credential, and the few routes through which one is got. */
import type { FastifyRequest } from 'fastify';
import { type Caller, setCaller } from './caller.ts';
import type { HttpApp, Routes } from './http-app.ts';

/** Returns who sent a request; throws AppError `unauthorized` where it proves nobody, `forbidden` where a browser was made to send it. */
export type Authenticate = (request: FastifyRequest) => Promise<Caller>;

export interface CoreRoutesOptions {
  readonly authenticate: Authenticate;
  /** Routes for whoever has no credential yet. */
  readonly open: readonly Routes[];
  readonly signedIn: readonly Routes[];
}

/** Returns the routes of the API, their paths below its prefix. */
export function coreRoutes({ authenticate, open, signedIn }: CoreRoutesOptions): Routes {
  return (app) => {
    const addOpen = async (part: HttpApp) => {
      for (const add of open) add(part);
    };
    const addSignedIn = async (part: HttpApp) => {
      part.addHook('onRequest', async (request) => setCaller(request, await authenticate(request)));
      for (const add of signedIn) add(part);
    };
    app.register(addOpen, { prefix: CORE_PREFIX });
    app.register(addSignedIn, { prefix: CORE_PREFIX });
  };
}

const CORE_PREFIX = '/api/core';
