import { csharpWrites } from './attributesCsharp.ts';
import { goWrites } from './attributesGo.ts';
import { javaWrites } from './attributesJava.ts';
import { literalWrites } from './attributesLiteral.ts';
import { WriteCollector } from './attributesReading.ts';
import type { AttributeSink, AttributeWrite, Removal } from './attributeWrite.ts';
import type { FileFacts } from './fileFacts.ts';

export type { AttributeSink, AttributeWrite, Removal };

/** Every write of a telemetry attribute in the file, in source order. */
export function attributeWrites(file: FileFacts): readonly AttributeWrite[] {
  const collector = new WriteCollector(file);
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
  return collector.finish();
}
