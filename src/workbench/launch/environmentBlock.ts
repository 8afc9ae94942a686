type Variables = { readonly [name: string]: string };

const perLine = (format: (name: string, value: string) => string) => (variables: Variables) =>
  `${Object.entries(variables)
    .map(([name, value]) => format(name, value))
    .join('\n')}\n`;

/** The forms in which people paste environment variables. */
export const environmentBlocks = {
  posix: perLine((name, value) => `export ${name}=${posixQuoted(value)}`),
  fish: perLine((name, value) => `set -gx ${name} ${posixQuoted(value)}`),
  powershell: perLine((name, value) => `$env:${name} = '${value.replaceAll("'", "''")}'`),
  cmd: perLine((name, value) => `set "${name}=${value}"`),
  dotenv: perLine((name, value) => `${name}=${/[\s#"']/.test(value) ? JSON.stringify(value) : value}`),
  /** Options of `docker run`. */
  docker: (variables: Variables) =>
    Object.entries({ ...forContainer(variables) })
      .map(([name, value]) => `-e ${name}=${posixQuoted(value)}`)
      .join(' '),
  /** Of a service in a Compose file. */
  compose: (variables: Variables) =>
    `environment:\n${perLine((name, value) => `  ${name}: ${JSON.stringify(value)}`)(forContainer(variables))}`,
  /** Of a configuration in `launch.json`. */
  launchJson: (variables: Variables) => `"env": ${JSON.stringify(variables, undefined, 2)}\n`,
} as const satisfies { readonly [form: string]: (variables: Variables) => string };

export type BlockForm = keyof typeof environmentBlocks;

function posixQuoted(value: string): string {
  return /^[\w:/.,=@%+-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}

/** Loopback inside a container is the container's own; Docker has a name for the machine that it runs on. */
function forContainer(variables: Variables): Variables {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [
      name,
      value.replace(/\/\/(127\.0\.0\.1|localhost|\[::1\])(?=[:/]|$)/, '//host.docker.internal'),
    ]),
  );
}
