package dev.rankwise.adapters;

import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.network.AdaptedProduct;
import dev.rankwise.models.network.Attachment;
import dev.rankwise.models.network.TrainableTensor;
import java.util.List;
import java.util.Optional;

/** An adapter without its texts by hand, so that libtorch goes back through all of it. */
public record Recorded(Attachment all) implements Attachment {
  @Override
  public List<TrainableTensor> tensors() {
    return all.tensors();
  }

  @Override
  public double dropout() {
    return all.dropout();
  }

  @Override
  public Optional<AdaptedProduct> product(List<ModuleShape> group) {
    return all.product(group).map(Recorded::recorded);
  }

  @Override
  public Optional<AdaptedProduct> droppedProduct(List<ModuleShape> group) {
    return all.droppedProduct(group).map(Recorded::recorded);
  }

  private static AdaptedProduct recorded(AdaptedProduct product) {
    return new AdaptedProduct(
        product.template(),
        product.substitutions(),
        product.tensors(),
        product.prepared(),
        product.dropped());
  }
}
