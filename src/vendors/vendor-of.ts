/** Which file speaks for which kind of NAS. */
import type { NasKind } from '../nas/nas.ts';
import { aruba } from './aruba.ts';
import { cambium } from './cambium.ts';
import { cisco } from './cisco.ts';
import { coovachilli } from './coovachilli.ts';
import { hostapd } from './hostapd.ts';
import { mikrotik } from './mikrotik.ts';
import { opnsense } from './opnsense.ts';
import { other } from './other.ts';
import { pfsense } from './pfsense.ts';
import { ruckus } from './ruckus.ts';
import type { Vendor } from './vendor.ts';
import { wispr } from './wispr.ts';

const VENDORS: Readonly<Record<NasKind, Vendor>> = {
  mikrotik,
  coovachilli,
  hostapd,
  // Its access points run hostapd.
  unifi: hostapd,
  cisco,
  aruba,
  ruckus,
  cambium,
  pfsense,
  opnsense,
  // Nothing of theirs but what every NAS knows could be checked.
  juniper: other,
  huawei: other,
  wispr,
  other,
};

/** Returns what a kind of NAS understands. */
export function vendorOf(kind: NasKind): Vendor {
  return VENDORS[kind];
}
