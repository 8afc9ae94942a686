import * as vscode from 'vscode';
import type { CommandHandlers } from '../commands.ts';
import { commands } from '../names.ts';
import type { SamplingCommandParts } from './samplingPreview.ts';

/** What a sampling configuration would do with the stored traces. */
export function samplingCommands(parts: SamplingCommandParts) {
  return {
    [commands.previewSampling]: async (file?: unknown) => {
      const { previewSampling } = await import('./samplingPreview.ts');
      await previewSampling(parts, file instanceof vscode.Uri ? file : undefined);
    },
  } satisfies Partial<CommandHandlers>;
}
