package dev.rankwise.models.config;

/**
 * One module of a base: where it lies and how large it is.
 *
 * @param path full module path as PEFT sees it, for example {@code
 *     bert.encoder.layer.0.attention.self.query}
 * @param kind what it computes
 * @param inFeatures size of its input (for an embedding: entries); 0 for norms and containers
 * @param outFeatures size of its output (for an embedding: vector size; for a norm: its width)
 * @param bias whether it has a bias vector of {@code outFeatures}
 */
public record ModuleShape(
    String path, ModuleKind kind, int inFeatures, int outFeatures, boolean bias) {}
