// Finds the browser that tests run in: Chromium or Chrome, as the system has it.
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

const places: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ['Chromium', 'Google Chrome'].map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`),
  linux: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'].map((name) => `/usr/bin/${name}`),
  win32: [process.env.PROGRAMFILES, process.env['PROGRAMFILES(X86)'], process.env.LOCALAPPDATA]
    .filter((folder) => folder !== undefined)
    .map((folder) => join(folder, 'Google', 'Chrome', 'Application', 'chrome.exe')),
};

/** Returns the path of the browser: that in `CHROME_PATH`, or else one in a usual place; undefined where there is none. */
export function chromiumPath(): string | undefined {
  const named = process.env.CHROME_PATH;
  const candidates = named === undefined ? (places[process.platform] ?? []) : [named];
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
