package dev.rankwise.pipeline.executor;

import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.network.Replica.Frozen;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * That the frozen tensors on the executors are what was opened, said after a run.
 *
 * <p>Each executor compared the file that it maps with its hash when it opened it. That it still
 * has the same numbers needs no second reading: as long as no page of the mapping was written to,
 * and the file was not either, they are the file's.
 *
 * @param sha256 hashes of the files with frozen tensors, sorted; one, unless a run changed its
 *     model on the way
 * @param executors how many of the executors had them and could tell; one that was lost cannot
 */
public record FrozenBase(List<String> sha256, int executors) {

  public FrozenBase {
    sha256 = List.copyOf(sha256);
  }

  /**
   * Asks the executors.
   *
   * @param keys the keys of the run's models
   * @throws InternalException if a frozen tensor was written to
   */
  public static FrozenBase verified(JavaSparkContext spark, List<String> keys) {
    List<String> asked = new ArrayList<>(keys);
    Inquiry<List<Frozen>> inquiry =
        new Inquiry<>(
            "compare the frozen base on the executors",
            () -> ReplicaHolder.ofThisJvm().frozen(asked));
    return of(inquiry.answers(spark));
  }

  /** The same by what executors answered. */
  static FrozenBase of(Collection<List<Frozen>> answers) {
    TreeSet<String> hashes = new TreeSet<>();
    int executors = 0;
    for (List<Frozen> answer : answers) {
      answer.forEach(FrozenBase::requireFrozen);
      answer.forEach(frozen -> hashes.add(frozen.sha256()));
      boolean told = answer.stream().allMatch(frozen -> frozen.copiedBytes() != Frozen.UNTOLD);
      executors += told && !answer.isEmpty() ? 1 : 0;
    }
    return new FrozenBase(List.copyOf(hashes), executors);
  }

  private static void requireFrozen(Frozen frozen) {
    if (frozen.copiedBytes() > 0 || !frozen.fileUnchanged()) {
      throw new InternalException(
          ("The frozen base changed while it was trained beside: %s bytes of it were written to in"
                  + " memory, and its file %s what it was (SHA-256 %s); what was trained is not to be"
                  + " trusted and is not kept")
              .formatted(
                  Math.max(0, frozen.copiedBytes()),
                  frozen.fileUnchanged() ? "is" : "is not",
                  frozen.sha256()));
    }
  }
}
