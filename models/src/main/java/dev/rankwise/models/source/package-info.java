/**
 * Where bases come from: a folder, a resource of the class path, a hub, another file system; and
 * the local cache with hashes.
 *
 * <p>Read {@link dev.rankwise.models.source.BaseSource} first: it turns a URI into a folder in
 * Hugging Face form ({@link dev.rankwise.models.source.BaseFiles}) whose hash is known. The folders
 * for native libraries are chosen here as well.
 *
 * <p>This package knows nothing of the engine and of what a base computes.
 */
package dev.rankwise.models.source;
