/** Of a setting in any spelling, the variable that it is told by: `stockUrl`, `stock_url` → `STOCK_URL`. */
export function settingName(name: string): string {
  return name.replace(/([a-z\d])([A-Z])/g, '$1_$2').toUpperCase();
}

/** Whether many addresses go by the name: it tells something only where the program reads that very variable. */
export function isCommonSetting(name: string): boolean {
  return /^(?:API|APP|BASE|SERVER|SERVICE|HOST|BACKEND|URL|URI|HTTP|ENDPOINT|ADDRESS|ADDR|TARGET|PORT|_)+$/.test(
    name,
  );
}
