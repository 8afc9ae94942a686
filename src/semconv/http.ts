/** What names the route of a server span: stable names and those from before semantic conventions 1.23. */
export const routeKeys = {
  route: ['http.route'],
  method: ['http.request.method', 'http.method'],
  /** Written by the instrumentations of routers: `middleware` is not the handler of the route that it carries. */
  layer: ['express.type', 'koa.type', 'hapi.type'],
} as const;
