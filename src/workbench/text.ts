import * as vscode from 'vscode';
import { formatDuration } from '../model/time.ts';

/** Nanoseconds as a decimal string → `4.56 ms`. */
export function durationText(nanoseconds: string): string {
  return formatDuration(Number(nanoseconds));
}

/** Nanoseconds since 1970 as a decimal string. */
export function dateOf(unixNano: string): Date {
  return new Date(Number(BigInt(unixNano) / 1_000_000n));
}

/** Time of day to the second. */
export function timeText(unixNano: string): string {
  return timeFormat().format(dateOf(unixNano));
}

export function countText(count: number): string {
  return numberFormat().format(count);
}

/** A share in percent: `0 %`, `0.4 %`, `12 %`. */
export function percentText(part: number, whole: number): string {
  const percent = whole === 0 ? 0 : (100 * part) / whole;
  return `${percent > 0 && percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`;
}

/**
 * Received text in one line, short enough for a label. Control characters would break trees and tooltips; the joiners, which
 * scripts and emoji are written with, do not.
 */
export function labelText(text: string, longest = 200): string {
  const line = text.replace(/(?:(?![\u200c\u200d])[\p{Cc}\p{Zl}\p{Zp}\p{Cf}])+/gu, ' ').trim();
  if (line.length <= longest) return line;
  // Half of a surrogate pair would be left of a character in two.
  return `${line.slice(0, longest - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** A received name of a span or a service in one line, or what stands for one that says nothing. */
export function nameText(name: string): string {
  return labelText(name) || vscode.l10n.t('(no name)');
}

export function spansText(count: number): string {
  return count === 1 ? vscode.l10n.t('1 span') : vscode.l10n.t('{0} spans', countText(count));
}

let timeFormatter: Intl.DateTimeFormat | undefined;
let numberFormatter: Intl.NumberFormat | undefined;

function timeFormat(): Intl.DateTimeFormat {
  timeFormatter ??= new Intl.DateTimeFormat(vscode.env.language, { timeStyle: 'medium' });
  return timeFormatter;
}

function numberFormat(): Intl.NumberFormat {
  numberFormatter ??= new Intl.NumberFormat(vscode.env.language);
  return numberFormatter;
}
