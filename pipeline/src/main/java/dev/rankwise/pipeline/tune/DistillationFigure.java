package dev.rankwise.pipeline.tune;

import dev.rankwise.models.network.GroupSum.Said;
import dev.rankwise.pipeline.train.UpdateHook;
import java.util.List;
import java.util.Map;

/**
 * Tells how unlike a teacher's features the blocks' inputs are: {@code distillation_loss}, the term
 * of a step's loss, which the reported loss is without. That is {@code 1 − cos}, mean over the
 * compared blocks, the patches of a micro-batch and the micro-batches; one without pictures counts
 * as 0. It lies in [0, 2].
 *
 * @param blocks how many blocks are compared, at least 1
 */
record DistillationFigure(int blocks) implements UpdateHook {

  @Override
  public Map<String, Double> figures(List<Said> said) {
    double sum = said.stream().mapToDouble(one -> one.terms()[0]).sum();
    return said.isEmpty() ? Map.of() : Map.of("distillation_loss", sum / (blocks * said.size()));
  }
}
