package dev.rankwise.pipeline.train;

import dev.rankwise.models.network.GroupSum.Said;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the routers of a mixture of experts did in one step.
 *
 * @param balance the term {@code E·Σ f·P} without its weight, mean over routers and micro-batches;
 *     1 where experts are evenly loaded, up to E/k where they are not
 * @param scores the term {@code mean(logsumexp(z)²)} without its weight, mean as above
 * @param entropy of the routers' probabilities, in nats, mean over routers and tokens
 * @param distance half the sum of {@code |f − F|}, f the load in a micro-batch, F that in the step,
 *     mean over routers and micro-batches: how far statistics of one micro-batch are from those of
 *     all
 * @param loads F: the share of choices that fell on each expert, by router in the order of the
 *     layers
 */
public record RouterFigures(
    double balance, double scores, double entropy, double distance, List<List<Double>> loads) {

  public RouterFigures {
    loads = loads.stream().map(List::copyOf).toList();
  }

  /** One router in one micro-batch. */
  private record Seen(float[] load, double entropy) {}

  /** The figures of a step; empty if nothing was said. */
  public static Optional<RouterFigures> of(List<Said> asides) {
    List<Said> told = asides.stream().filter(said -> said.shares().length > 0).toList();
    if (told.isEmpty()) {
      return Optional.empty();
    }
    List<List<Seen>> seen = told.stream().map(RouterFigures::seen).toList();
    int routers = seen.get(0).size();
    double tokens = told.stream().mapToLong(Said::tokens).sum();
    double balance = 0;
    double scores = 0;
    double entropy = 0;
    List<List<Double>> loads = new ArrayList<>();
    for (int router = 0; router < routers; router++) {
      double[] load = new double[seen.get(0).get(router).load().length];
      for (int batch = 0; batch < told.size(); batch++) {
        double share = told.get(batch).tokens() / tokens;
        Seen one = seen.get(batch).get(router);
        for (int e = 0; e < load.length; e++) {
          load[e] += share * one.load()[e];
        }
        entropy += share * one.entropy() / routers;
      }
      List<Double> ofRouter = new ArrayList<>();
      for (double share : load) {
        ofRouter.add(share);
      }
      loads.add(ofRouter);
    }
    for (Said said : told) {
      balance += said.terms()[0] / (routers * (double) told.size());
      scores += said.terms()[1] / (routers * (double) told.size());
    }
    return Optional.of(new RouterFigures(balance, scores, entropy, distance(seen, loads), loads));
  }

  /** Each router's part: E, f (E), P (E), entropy. */
  private static List<Seen> seen(Said said) {
    List<Seen> routers = new ArrayList<>();
    int next = 0;
    while (next < said.shares().length) {
      int experts = (int) said.shares()[next];
      float[] load = new float[experts];
      System.arraycopy(said.shares(), next + 1, load, 0, experts);
      routers.add(new Seen(load, said.shares()[next + 1 + 2 * experts]));
      next += 2 + 2 * experts;
    }
    return routers;
  }

  private static double distance(List<List<Seen>> seen, List<List<Double>> loads) {
    double sum = 0;
    for (List<Seen> batch : seen) {
      for (int router = 0; router < loads.size(); router++) {
        for (int e = 0; e < loads.get(router).size(); e++) {
          sum += Math.abs(batch.get(router).load()[e] - loads.get(router).get(e)) / 2;
        }
      }
    }
    return sum / (seen.size() * (double) loads.size());
  }

  /** Their fields in a line of {@code metrics.jsonl}. */
  Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("balance_loss", balance);
    fields.put("router_z_loss", scores);
    fields.put("router_entropy", entropy);
    fields.put("router_distance", distance);
    fields.put("router_load", loads);
    return fields;
  }
}
