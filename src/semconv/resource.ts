export const serviceName = 'service.name';
/** What a resource without `service.name` is shown as (OpenTelemetry SDK specification, "Resource"). */
export const unknownService = 'unknown_service';
/** Our own resource attribute: the URI of the workspace folder that launched the program. */
export const workspaceAttribute = 'spanline.workspace';
