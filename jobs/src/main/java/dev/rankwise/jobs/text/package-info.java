/**
 * Text that people wrote and people read: YAML without its powers, messages without secrets, tokens
 * put together again.
 *
 * <p>Read {@link dev.rankwise.jobs.text.YamlReader} first. Nothing here knows what a recipe means.
 */
package dev.rankwise.jobs.text;
