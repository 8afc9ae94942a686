import type { FileFacts } from '../fileFacts.ts';
import type { SyntaxUnit } from '../syntax.ts';
import { csharpWrites } from './attributesCsharp.ts';
import { goWrites } from './attributesGo.ts';
import { javaWrites } from './attributesJava.ts';
import { literalWrites } from './attributesLiteral.ts';
import { WriteCollector } from './attributesReading.ts';
import type { AttributeSink, AttributeWrite, Removal } from './attributeWrite.ts';

export type { AttributeSink, AttributeWrite, Removal };

/** Every write of a telemetry attribute in the file, in source order. */
export function attributeWrites(file: FileFacts): readonly AttributeWrite[] {
  const all = file.ofUnits(writesIn).flat();
  // An attribute of Go is made by a call, which others may take from a variable: these know what it is for.
  const [made, taken] = [all.filter(isOnlyMade), all.filter(each => !isOnlyMade(each))];
  const found = new Map<number, AttributeWrite>();
  for (const write of file.language === 'go' ? [...taken, ...made] : all) {
    const { start } = write.keyAt ?? write.valueAt;
    if (!found.has(start)) found.set(start, write);
  }
  return [...found.values()].sort((a, b) => a.valueAt.start - b.valueAt.start);
}

function isOnlyMade({ sink }: AttributeWrite): boolean {
  return sink === 'unknown';
}

function writesIn(file: FileFacts, unit: SyntaxUnit): readonly AttributeWrite[] {
  const collector = new WriteCollector(file, unit);
  switch (file.language) {
    case 'go':
      goWrites(collector);
      break;
    case 'java':
      javaWrites(collector);
      break;
    case 'csharp':
      csharpWrites(collector);
      break;
    default:
      literalWrites(collector);
  }
  return collector.writes;
}
