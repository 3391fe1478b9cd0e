/**
 * Folders that lie elsewhere: repositories of a model hub over HTTP, and what is asked of any other
 * file system.
 *
 * <p>Read {@link dev.rankwise.models.remote.Hub} first. Everything that comes over the network is
 * treated as hostile: names stay in their folder, lengths are held to what was announced, contents
 * to their hashes, and the user's token goes to the hub alone.
 *
 * <p>This package knows nothing of bases: which files are wanted is decided by who asks.
 */
package dev.rankwise.models.remote;
