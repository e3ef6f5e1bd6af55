declare const CLOUDTM_VERSION: string | undefined;

/** The version in package.json, written into the bundle when it is built. */
export const cloudtmVersion = typeof CLOUDTM_VERSION === 'string' ? CLOUDTM_VERSION : '0.0.0-source';
