package dev.rankwise.jobs.doctor;

import dev.rankwise.jobs.estimate.Estimate;
import dev.rankwise.pipeline.train.SparkDefaults;
import java.util.List;

/** That the driver may take the gradients of a step: groups × bytes of a gradient. */
final class ResultCheck {
  private ResultCheck() {}

  static Checked of(Examined examined) {
    long limit = SparkDefaults.resultLimit(examined.cluster().conf());
    String allowed = limit == 0 ? "any size" : MegabyteText.of(limit);
    if (examined.estimate().isEmpty()) {
      return new Checked("results", allowed + " may come back of a job", List.of());
    }
    Estimate estimate = examined.estimate().get();
    int groups = estimate.step().groups();
    long numbers = estimate.vectors().numbers();
    long needed = SparkDefaults.resultBytes(groups, numbers);
    String told =
        "%s of %s that may come back of a step".formatted(MegabyteText.of(needed), allowed);
    return new Checked(
        "results",
        told,
        limit == 0 || needed <= limit
            ? List.of()
            : List.of(
                Finding.mend(
                    ("The gradients of a step, %s groups of %s numbers, are %s bytes, and"
                            + " spark.driver.maxResultSize allows %s")
                        .formatted(groups, numbers, needed, limit),
                    "set %s, or use fewer groups".formatted(SparkDefaults.resultOption(needed)))));
  }
}
