/** Exporters of OpenTelemetry put the attributes of the resource among the tags of each span: those that begin so. */
const prefixes = [
  ...['telemetry.sdk.', 'telemetry.distro.', 'process.', 'host.', 'os.', 'k8s.', 'container.', 'cloud.'],
  ...['deployment.', 'device.', 'webengine.', 'service.name', 'service.version', 'service.namespace'],
  'service.instance.id',
];

const byFirst: (Uint8Array[] | undefined)[] = [];
for (const prefix of prefixes) (byFirst[prefix.charCodeAt(0)] ??= []).push(Buffer.from(prefix));

/** Whether a tag belongs to the resource. */
export function isOfResource(bytes: Uint8Array, from: number, to: number): boolean {
  const candidates = byFirst[bytes[from]];
  if (candidates === undefined) return false;
  next: for (const prefix of candidates) {
    if (to - from < prefix.length) continue;
    for (let i = 1; i < prefix.length; i++) if (bytes[from + i] !== prefix[i]) continue next;
    return true;
  }
  return false;
}
