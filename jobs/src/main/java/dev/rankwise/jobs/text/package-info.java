/**
 * Text that people wrote and people read: YAML without its powers, and messages without secrets.
 *
 * <p>Read {@link dev.rankwise.jobs.text.YamlReader} first. Nothing here knows what a recipe means.
 */
package dev.rankwise.jobs.text;
