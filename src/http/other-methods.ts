/** A method that a path does not have is answered 405 with those it has, where Fastify would say that there is no such path. */
import type { HTTPMethods } from 'fastify';
import type { HttpApp } from './http-app.ts';

/** Runs what adds routes, directly or by plugins, and adds for each of their paths one that refuses every other method. */
export function refuseOtherMethods(app: HttpApp, addRoutes: () => void): void {
  const methodsOf = new Map<string, Set<string>>();
  let isCollecting = true;
  app.addHook('onRoute', ({ url, method }) => {
    if (!isCollecting) return;
    const methods = methodsOf.get(url) ?? new Set();
    for (const each of [method].flat()) methods.add(each);
    methodsOf.set(url, methods);
  });
  addRoutes();
  // Plugins are loaded in the order they are registered in: by now the others are.
  app.register(async (last: HttpApp) => {
    isCollecting = false;
    for (const [url, methods] of methodsOf) refuse(last, url, methods);
  });
}

function refuse(app: HttpApp, url: string, methods: ReadonlySet<string>): void {
  const others: HTTPMethods[] = app.supportedMethods.filter((method) => !methods.has(method));
  if (others.length === 0) return;
  const allow = [...methods].sort().join(', ');
  app.route({
    url,
    method: others,
    // Before the body is read: what it holds does not matter.
    onRequest: async (request, reply) =>
      reply
        .code(405)
        .header('allow', allow)
        .send({ detail: `Method "${request.method}" not allowed.` }),
    handler: () => undefined,
  });
}
