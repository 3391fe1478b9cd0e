/**
 * Files as bytes: safetensors read and written, hashes, and writes that happen whole or not at all.
 *
 * <p>Read {@link dev.rankwise.models.format.SafetensorsFile} first. Every reader here treats its
 * input as hostile: it checks sizes, offsets and names before it allocates or maps anything, and
 * says which file, which value and which rule when it refuses.
 *
 * <p>This package knows nothing of models: no configuration, no module names, no engine.
 */
package dev.rankwise.models.format;
