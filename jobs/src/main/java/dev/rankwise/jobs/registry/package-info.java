/**
 * Versions of an adapter, and which of them is in use.
 *
 * <p>Read {@link dev.rankwise.jobs.registry.ModelRegistry} first, then {@link
 * dev.rankwise.jobs.registry.RegistryFile}. Knows nothing of how versions are made, but where, so
 * as to tell others of them.
 */
package dev.rankwise.jobs.registry;
