package dev.rankwise.adapters.adalora;

import dev.rankwise.adapters.spec.MatchedModules;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.adapters.spec.ParameterLayout;
import dev.rankwise.models.failure.InternalException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * The parameters that are left when some triplets are gone, among those of all triplets: rows of Q,
 * columns of P, entries of Λ, and everything that belongs to no triplet, in the same order.
 */
public final class LiveTriplets {
  private final int size;
  private final int[] places;

  private LiveTriplets(int size, int[] places) {
    this.size = size;
    this.places = places;
  }

  /**
   * Those that a decision leaves.
   *
   * @param layout the parameters with all triplets
   * @param live of each module, by path, which triplets are left; a module without an entry keeps
   *     all of its own
   */
  public static LiveTriplets of(
      MatchedModules matched, ParameterLayout layout, Map<String, List<Boolean>> live) {
    int[] places = new int[layout.size()];
    int next = 0;
    for (Parameter parameter : layout.parameters()) {
      String path = parameter.tensor().module();
      int rank = matched.at(path).map(module -> module.rank()).orElse(0);
      List<Boolean> triplets = live.getOrDefault(path, Collections.nCopies(rank, true));
      if (rank > 0 && triplets.size() != rank) {
        throw new InternalException(
            "Module %s has %s triplets where %s are decided on"
                .formatted(path, rank, triplets.size()));
      }
      for (int i = 0; i < parameter.tensor().size(); i++) {
        if (stays(parameter, i, triplets)) {
          places[next++] = parameter.offset() + i;
        }
      }
    }
    return new LiveTriplets(layout.size(), Arrays.copyOf(places, next));
  }

  private static boolean stays(Parameter parameter, int element, List<Boolean> triplets) {
    return switch (parameter.role()) {
      case FACTOR_A -> triplets.get(element / parameter.tensor().shape().get(1));
      case FACTOR_B -> triplets.get(element % triplets.size());
      case DIAGONAL -> triplets.get(element);
      case BIAS_OF_B, MAGNITUDE, STRETCH, ROUTER, KEPT, ROWS -> true;
    };
  }

  /** How many parameters are left. */
  public int size() {
    return places.length;
  }

  /** What is left of a vector of all parameters. */
  public float[] of(float[] all) {
    requireSize(size, all);
    float[] left = new float[places.length];
    for (int i = 0; i < left.length; i++) {
      left[i] = all[places[i]];
    }
    return left;
  }

  /** A vector of all parameters: what is left in its places, 0 elsewhere. */
  public float[] spread(float[] left) {
    requireSize(places.length, left);
    float[] all = new float[size];
    for (int i = 0; i < left.length; i++) {
      all[places[i]] = left[i];
    }
    return all;
  }

  private static void requireSize(int size, float[] vector) {
    if (vector.length != size) {
      throw new InternalException(
          "Vector has %s numbers where %s are needed".formatted(vector.length, size));
    }
  }
}
