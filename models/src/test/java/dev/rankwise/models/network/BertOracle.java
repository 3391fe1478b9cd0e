package dev.rankwise.models.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rankwise.models.config.Activation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A BERT or RoBERTa classifier written from its formulas, in double and one token at a time. It
 * shares nothing with the kernels.
 */
public final class BertOracle {
  private final Map<String, double[]> tensors;
  private final String root;
  private final int hidden;
  private final int heads;
  private final int layers;
  private final double epsilon;
  private final Activation activation;
  private final int firstPosition;

  BertOracle(
      Map<String, double[]> tensors,
      String root,
      int hidden,
      int heads,
      int layers,
      double epsilon,
      Activation activation,
      int firstPosition) {
    this.tensors = tensors;
    this.root = root;
    this.hidden = hidden;
    this.heads = heads;
    this.layers = layers;
    this.epsilon = epsilon;
    this.activation = activation;
    this.firstPosition = firstPosition;
  }

  /** Sum of the cross-entropy over all sequences. */
  public double loss(TokenBatch batch) {
    double loss = 0;
    for (int s = 0; s < batch.sequences(); s++) {
      double[] logits = logits(batch, s);
      double sum = 0;
      for (double logit : logits) {
        sum += Math.exp(logit);
      }
      loss += Math.log(sum) - logits[batch.labels()[s]];
    }
    return loss;
  }

  /** Class scores of one sequence. */
  public double[] logits(TokenBatch batch, int sequence) {
    List<double[][]> states = states(batch, sequence);
    double[] first = states.get(states.size() - 1)[0];
    boolean bert = root.equals("bert");
    double[] pooled = linear(first, bert ? "bert.pooler.dense" : "classifier.dense");
    for (int i = 0; i < pooled.length; i++) {
      pooled[i] = Math.tanh(pooled[i]);
    }
    return linear(pooled, bert ? "classifier" : "classifier.out_proj");
  }

  /** Fails unless the class scores of each sequence are close to these, (sequences, classes). */
  public void requireLogits(TokenBatch batch, float[][] found, double tolerance) {
    for (int s = 0; s < batch.sequences(); s++) {
      double[] expected = logits(batch, s);
      for (int c = 0; c < expected.length; c++) {
        assertThat((double) found[s][c]).isCloseTo(expected[c], within(tolerance));
      }
    }
  }

  /** Hidden states of one sequence: the embeddings, then each block's output, (tokens, hidden). */
  List<double[][]> states(TokenBatch batch, int sequence) {
    int begin = batch.offsets()[sequence];
    int length = batch.offsets()[sequence + 1] - begin;
    double[][] x = new double[length][];
    for (int t = 0; t < length; t++) {
      double[] sum = new double[hidden];
      add(sum, "word_embeddings", batch.ids()[begin + t]);
      add(sum, "position_embeddings", firstPosition + batch.positions()[begin + t]);
      add(sum, "token_type_embeddings", batch.typeIds()[begin + t]);
      x[t] = norm(sum, root + ".embeddings.LayerNorm");
    }
    List<double[][]> states = new ArrayList<>();
    states.add(x);
    for (int layer = 0; layer < layers; layer++) {
      x = block(x, root + ".encoder.layer." + layer);
      states.add(x);
    }
    return states;
  }

  private double[][] block(double[][] x, String path) {
    double[][] mixed = attention(x, path + ".attention.self.");
    double[][] y = new double[x.length][];
    for (int t = 0; t < x.length; t++) {
      double[] a = plus(linear(mixed[t], path + ".attention.output.dense"), x[t]);
      double[] h = norm(a, path + ".attention.output.LayerNorm");
      double[] f = linear(h, path + ".intermediate.dense");
      for (int i = 0; i < f.length; i++) {
        f[i] = activated(f[i]);
      }
      y[t] = norm(plus(linear(f, path + ".output.dense"), h), path + ".output.LayerNorm");
    }
    return y;
  }

  private double activated(double x) {
    return switch (activation) {
      case GELU -> x * 0.5 * (1 + erf(x / Math.sqrt(2)));
      case GELU_TANH ->
          x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
      case RELU -> Math.max(0, x);
      case SILU -> x / (1 + Math.exp(-x));
    };
  }

  private double[][] attention(double[][] x, String path) {
    int size = hidden / heads;
    double[][] mixed = new double[x.length][hidden];
    double[][] q = each(x, path + "query");
    double[][] k = each(x, path + "key");
    double[][] v = each(x, path + "value");
    for (int head = 0; head < heads; head++) {
      for (int t = 0; t < x.length; t++) {
        double[] weights = new double[x.length];
        double sum = 0;
        for (int u = 0; u < x.length; u++) {
          double score = 0;
          for (int i = head * size; i < (head + 1) * size; i++) {
            score += q[t][i] * k[u][i];
          }
          weights[u] = Math.exp(score / Math.sqrt(size));
          sum += weights[u];
        }
        for (int u = 0; u < x.length; u++) {
          for (int i = head * size; i < (head + 1) * size; i++) {
            mixed[t][i] += weights[u] / sum * v[u][i];
          }
        }
      }
    }
    return mixed;
  }

  private double[][] each(double[][] x, String module) {
    double[][] y = new double[x.length][];
    for (int t = 0; t < x.length; t++) {
      y[t] = linear(x[t], module);
    }
    return y;
  }

  private double[] linear(double[] x, String module) {
    double[] weight = tensors.get(module + ".weight");
    double[] y = tensors.get(module + ".bias").clone();
    for (int o = 0; o < y.length; o++) {
      for (int i = 0; i < x.length; i++) {
        y[o] += weight[o * x.length + i] * x[i];
      }
    }
    return y;
  }

  private double[] norm(double[] x, String module) {
    double mean = 0;
    for (double value : x) {
      mean += value / x.length;
    }
    double variance = 0;
    for (double value : x) {
      variance += (value - mean) * (value - mean) / x.length;
    }
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] =
          (x[i] - mean) / Math.sqrt(variance + epsilon) * tensors.get(module + ".weight")[i]
              + tensors.get(module + ".bias")[i];
    }
    return y;
  }

  private void add(double[] sum, String table, int row) {
    double[] values = tensors.get(root + ".embeddings." + table + ".weight");
    for (int i = 0; i < hidden; i++) {
      sum[i] += values[row * hidden + i];
    }
  }

  private static double[] plus(double[] a, double[] b) {
    double[] sum = a.clone();
    for (int i = 0; i < sum.length; i++) {
      sum[i] += b[i];
    }
    return sum;
  }

  /**
   * The error function by its Maclaurin series, exact to 1e-15 for the small arguments met here.
   */
  private static double erf(double x) {
    if (Math.abs(x) > 5) {
      return Math.signum(x);
    }
    double term = x;
    double sum = x;
    for (int n = 1; n < 200; n++) {
      term *= -x * x / n;
      sum += term / (2 * n + 1);
    }
    return 2 / Math.sqrt(Math.PI) * sum;
  }
}
