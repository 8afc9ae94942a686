import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { showSpansCommand } from '../../../src/protocol/language.ts';
import { panelCommands } from '../../../src/protocol/panel.ts';
import { allCommands, colors, commands, panelCommandId, settingNames } from '../../../src/workbench/names.ts';

interface Color {
  id: string;
  defaults: { dark: string; light: string; highContrast: string; highContrastLight: string };
}

const { contributes } = JSON.parse(readFileSync('package.json', 'utf8'));
const texts: { [key: string]: string } = JSON.parse(readFileSync('package.nls.json', 'utf8'));

/** Backgrounds of editors in the default themes of each kind. */
const backgrounds = {
  dark: '#1f1f1f',
  light: '#ffffff',
  highContrast: '#000000',
  highContrastLight: '#ffffff',
};

describe('names in the manifest and in the code', () => {
  it('are the same', () => {
    const declared = contributes.commands.map(({ command }: { command: string }) => command);
    assert.deepEqual([...declared].sort(), [...allCommands].sort());
    const settings = Object.keys(contributes.configuration.properties);
    assert.deepEqual(
      settings,
      settingNames.map(name => `spanline.${name}`),
    );
    for (const command of panelCommands) assert.ok(declared.includes(panelCommandId(command)), command);
    assert.equal(commands.showSpans, showSpansCommand);
  });

  it('call commands spanline.<area>.<verb>', () => {
    for (const id of allCommands) assert.match(id, /^spanline\.[a-z]+\.[a-z][A-Za-z]+$/);
    for (const { title } of contributes.commands) assert.ok(texts[title.slice(1, -1)], title);
  });

  it('keep the receiver and the store out of the reach of a repository', () => {
    for (const [id, { scope }] of Object.entries<{ scope: string }>(contributes.configuration.properties))
      if (/^spanline\.(receiver|store)\./.test(id)) assert.equal(scope, 'machine', id);
  });
});

describe('colours', () => {
  it('stand out from the editor in every kind of theme, at least 3 to 1', () => {
    const declared: Color[] = contributes.colors;
    assert.deepEqual(
      declared.map(({ id }) => id),
      [...colors.services, colors.error, colors.criticalPath],
    );
    for (const { id, defaults } of declared)
      for (const [kind, background] of Object.entries(backgrounds)) {
        const ratio = contrast(defaults[kind as keyof typeof backgrounds], background);
        assert.ok(ratio >= 3, `${id} in ${kind}: ${ratio.toFixed(2)}`);
      }
  });
});

/** WCAG 2.1, "contrast ratio". */
function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(color: string): number {
  const [red, green, blue] = [1, 3, 5].map(at => {
    const channel = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
