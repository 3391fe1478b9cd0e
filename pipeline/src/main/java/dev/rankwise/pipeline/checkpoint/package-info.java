/**
 * Who may write into a run folder, and how a file or folder in it appears whole or not at all.
 *
 * <p>Read {@link dev.rankwise.pipeline.checkpoint.RunFolder} first. Nothing here knows what the
 * files hold.
 */
package dev.rankwise.pipeline.checkpoint;
