/**
 * A company that may become a lead, and what its finder knows of it already: a user's list may name
 * the owner, a search for companies hardly more than a domain.
 */
import type { Industry } from '../../protocols/lead.ts';
import type { Want } from '../../protocols/query.ts';
import { readWebUrl } from '../../protocols/rules/format.ts';
import type { Looked, Name } from './company.ts';

export interface Prospect {
  /** By which providers know it: the website's host without `www`. */
  readonly domain: string;
  readonly website: string;
  readonly business?: string;
  readonly owner?: Name;
  /** As the list has it, with titles and middle names. */
  readonly ownerInFull?: string;
  readonly industry?: Industry;
  readonly region?: string;
}

/** Finds companies worth a look. Never rejects. */
export type Prospects = (want: Want, signal: AbortSignal) => Promise<Looked<readonly Prospect[]>>;

/** A website and its domain, from an address with its scheme or without; undefined of what is none. */
export function websiteIn(text: string): Pick<Prospect, 'domain' | 'website'> | undefined {
  const website = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  const url = readWebUrl(website);
  if (url === undefined) return undefined;
  const domain = url.hostname.replace(/^www\./, '').replace(/\.$/, '');
  return /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(domain) ? { domain, website } : undefined;
}
