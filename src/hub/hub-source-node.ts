// Which hub files come from, and with which access token: HF_ENDPOINT, HF_TOKEN, and the token file of Hugging Face's tools.
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { quoted } from '../util/printable.ts';
import { wording } from '../util/wording.ts';
import type { ModelFile } from './model-registry.ts';
import { LatentSyncError } from '../util/errors.ts';

const DEFAULT_ENDPOINT = 'https://huggingface.co';

/** A hub and the token for it. */
export interface HubSource {
  /** Start of every URL, without a slash at the end. */
  endpoint: string;
  /** Access token; undefined for anonymous requests, which suffice for public repositories. */
  token: string | undefined;
}

/** Environment variables, each undefined when not set. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns the hub that the environment asks for: `HF_ENDPOINT` names a mirror, `HF_TOKEN` the access token. Without it the
 * token that `huggingface-cli login` stored (`HF_TOKEN_PATH`, or `token` in `HF_HOME`, default `~/.cache/huggingface`) is
 * taken, but for Hugging Face's own hub only: it was not meant for a mirror.
 *
 * @throws LatentSyncError with code `input-invalid` when `HF_ENDPOINT` is not an http or https URL, or the token is not a word.
 */
export async function hubSource(environment: Environment = process.env): Promise<HubSource> {
  const endpoint = (environment.HF_ENDPOINT ?? '').trim().replace(/\/+$/, '') || DEFAULT_ENDPOINT;
  if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol)) {
    throw new LatentSyncError('input-invalid', `HF_ENDPOINT must be an http or https URL (got ${quoted(endpoint)}).`, {
      remedy: `Unset it to use ${DEFAULT_ENDPOINT}, or set it to a mirror, as in HF_ENDPOINT=https://mirror.example.`,
    });
  }
  const given = environment.HF_TOKEN?.trim();
  if (given) return { endpoint, token: checkToken(given, 'HF_TOKEN') };
  if (endpoint !== DEFAULT_ENDPOINT) return { endpoint, token: undefined };
  const cache = environment.XDG_CACHE_HOME ?? join(environment.HOME ?? homedir(), '.cache');
  const path = environment.HF_TOKEN_PATH ?? join(environment.HF_HOME ?? join(cache, 'huggingface'), 'token');
  const stored = await readFile(path, 'utf8').catch(() => '');
  return { endpoint, token: stored.trim() ? checkToken(stored.trim(), path) : undefined };
}

/** Returns a token that can be sent; the message about one that cannot does not show it. */
function checkToken(token: string, source: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new LatentSyncError(
    'input-invalid',
    wording`The access token in ${source} must be a single word of ASCII characters.`,
    {
      remedy:
        'Copy it again from the settings of your Hugging Face account, or remove it: the official models need no token.',
    },
  );
}

/** Returns the URL that a file is downloaded from. */
export function fileUrl(endpoint: string, file: Pick<ModelFile, 'repository' | 'revision' | 'source'>): string {
  const path = file.source.split('/').map(encodeURIComponent).join('/');
  return `${endpoint}/${file.repository}/resolve/${encodeURIComponent(file.revision)}/${path}`;
}
