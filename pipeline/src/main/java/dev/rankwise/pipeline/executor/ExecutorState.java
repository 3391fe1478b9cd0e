package dev.rankwise.pipeline.executor;

import dev.rankwise.models.torch.FloatProducts;
import java.io.Serializable;

/**
 * What an executor says of itself.
 *
 * @param executor its id in Spark
 * @param host its host
 * @param libtorch version of the library that computes
 * @param numerics hash of fixed kernels as this processor computes them
 * @param floatProducts the faster library of float32 products on its processor
 * @param processor processor and its vector extensions, for people
 * @param java version of the JVM
 */
public record ExecutorState(
    String executor,
    String host,
    String libtorch,
    String numerics,
    FloatProducts floatProducts,
    String processor,
    String java)
    implements Serializable {}
