package dev.rankwise.jobs.survey;

import dev.rankwise.models.failure.RankwiseException;
import dev.rankwise.models.torch.NumericsProbe;
import dev.rankwise.models.torch.Processor;
import dev.rankwise.models.torch.TorchRuntime;
import dev.rankwise.pipeline.executor.ExecutorProbe;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What an executor says of the library that computes.
 *
 * @param version of libtorch; empty if it cannot be loaded
 * @param numerics hash of fixed kernels as they are computed there; empty likewise
 * @param processor for people, with what in the environment keeps libraries from using all of it
 * @param extensions vector extensions of the processor
 * @param builtForCuda whether the library could use a GPU
 * @param failure why it cannot be loaded; empty if it can
 */
public record LibraryAnswer(
    String version,
    String numerics,
    String processor,
    List<String> extensions,
    boolean builtForCuda,
    String failure)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Java tells a class that could not be initialised once, and later only that it could not. */
  private static final Map<Integer, LibraryAnswer> OF_THIS_JVM = new ConcurrentHashMap<>();

  public LibraryAnswer {
    extensions = List.copyOf(extensions);
  }

  /** Whether the library can be used. */
  public boolean isLoaded() {
    return failure.isEmpty();
  }

  /**
   * The answer of this process.
   *
   * @param threads threads inside one operation
   */
  static LibraryAnswer ofThisJvm(int threads) {
    return OF_THIS_JVM.computeIfAbsent(threads, LibraryAnswer::asked);
  }

  private static LibraryAnswer asked(int threads) {
    Processor processor = Processor.ofThisHost();
    String described = ExecutorProbe.described(processor, System.getenv());
    try {
      return new LibraryAnswer(
          TorchRuntime.load(),
          NumericsProbe.ofThisJvm(threads).sha256(),
          described,
          processor.extensions(),
          TorchRuntime.isBuiltForCuda(),
          "");
    } catch (RankwiseException | LinkageError e) {
      return new LibraryAnswer("", "", described, processor.extensions(), false, told(e));
    }
  }

  /** Ours, where it was thrown on the way; else what Java says. */
  static String told(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof RankwiseException ours) {
        return ours.getMessage();
      }
    }
    return failure.getClass().getSimpleName() + ": " + failure.getMessage();
  }
}
