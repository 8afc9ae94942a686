/** Of a setting in any spelling, the variable that it is told by: `stockUrl`, `stock_url` → `STOCK_URL`. */
export function settingName(name: string): string {
  return name.replace(/([a-z\d])([A-Z])/g, '$1_$2').toUpperCase();
}
