package dev.rankwise.models.network;

import dev.rankwise.models.config.Activation;
import dev.rankwise.models.config.DecoderConfig;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModelTask;
import dev.rankwise.models.config.Rotary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A causal decoder written from its formulas, in double and one token at a time. It shares nothing
 * with the kernels.
 */
public final class DecoderOracle {
  private final Map<String, double[]> tensors;
  private final ModelConfig config;
  private final DecoderConfig decoder;
  private final String family;
  private final String root;
  private final Experts experts;

  /** What is added to products, and which experts compute the feed-forward part of a block. */
  public interface Experts {
    /** Outside a feed-forward part of experts. */
    int NONE = -1;

    /**
     * What is added to what a product gives.
     *
     * @param path path of the module
     * @param x its input
     * @param out how many numbers it gives
     * @param expert the expert that computes it, or {@link #NONE}
     */
    double[] added(String path, double[] x, int out, int expert);

    /**
     * By what the experts of a feed-forward part are weighed.
     *
     * @param first path of its first module
     * @param x the state it reads
     * @return a weight for each expert; empty if it has none
     */
    double[] gates(String first, double[] x);
  }

  /** A decoder without experts. */
  private static final class NoExperts implements Experts {
    @Override
    public double[] added(String path, double[] x, int out, int expert) {
      return new double[out];
    }

    @Override
    public double[] gates(String first, double[] x) {
      return new double[0];
    }
  }

  DecoderOracle(Map<String, double[]> tensors, ModelConfig config) {
    this(tensors, config, new NoExperts());
  }

  DecoderOracle(Map<String, double[]> tensors, ModelConfig config, Experts experts) {
    this.experts = experts;
    this.tensors = tensors;
    this.config = config;
    this.decoder = config.decoder().orElseThrow();
    this.family = config.modelType();
    boolean bare = config.task() == ModelTask.HIDDEN_STATES;
    this.root = bare ? "" : family.equals("gpt2") ? "transformer." : "model.";
  }

  /** Sum of the cross-entropy over all tokens with a target. */
  public double loss(TokenBatch batch) {
    double loss = 0;
    for (int s = 0; s < batch.sequences(); s++) {
      double[][] logits = logits(batch, s);
      for (int t = 0; t < logits.length; t++) {
        int label = batch.labels()[batch.offsets()[s] + t];
        if (label != TokenBatch.NONE) {
          loss += Math.log(Arrays.stream(logits[t]).map(Math::exp).sum()) - logits[t][label];
        }
      }
    }
    return loss;
  }

  /** Scores over the vocabulary of every token of a sequence. */
  public double[][] logits(TokenBatch batch, int sequence) {
    List<double[][]> states = states(batch, sequence);
    String head = config.tiedEmbeddings() ? table() : "lm_head";
    double[][] logits = each(states.get(states.size() - 1), head);
    for (double[] row : logits) {
      for (int i = 0; i < row.length; i++) {
        row[i] = capped(row[i], decoder.answerCap());
      }
    }
    return logits;
  }

  /** The embeddings, each block's output and the normed last states, (tokens, hidden). */
  List<double[][]> states(TokenBatch batch, int sequence) {
    int begin = batch.offsets()[sequence];
    int length = batch.offsets()[sequence + 1] - begin;
    int hidden = config.hiddenSize();
    double[][] x = new double[length][hidden];
    int[] positions = new int[length];
    for (int t = 0; t < length; t++) {
      positions[t] = batch.positions()[begin + t];
      for (int i = 0; i < hidden; i++) {
        x[t][i] =
            decoder.embeddingScale()
                * tensors.get(table() + ".weight")[batch.ids()[begin + t] * hidden + i];
        if (family.equals("gpt2")) {
          x[t][i] += tensors.get(root + "wpe.weight")[positions[t] * hidden + i];
        }
      }
    }
    List<double[][]> states = new ArrayList<>();
    states.add(x);
    for (int layer = 0; layer < config.layers(); layer++) {
      x = family.equals("gpt2") ? gpt2(x, layer, positions) : block(x, layer, positions);
      states.add(x);
    }
    states.add(norm(x, root + (family.equals("gpt2") ? "ln_f" : "norm")));
    return states;
  }

  private String table() {
    return root + (family.equals("gpt2") ? "wte" : "embed_tokens");
  }

  private double[][] gpt2(double[][] x, int layer, int[] positions) {
    String path = root + "h." + layer + ".";
    double[][] qkv = each(norm(x, path + "ln_1"), path + "attn.c_attn");
    double[][] a = plus(x, each(attention(qkv, layer, positions), path + "attn.c_proj"));
    return plus(a, mixed(norm(a, path + "ln_2"), path + "mlp.c_fc", path + "mlp.c_proj"));
  }

  /** The feed-forward part of each state, or the weighed sum of what its experts make of it. */
  private double[][] mixed(double[][] x, String reader, String writer) {
    double[][] y = new double[x.length][];
    for (int t = 0; t < x.length; t++) {
      double[] gates = experts.gates(reader, x[t]);
      if (gates.length == 0) {
        y[t] = feedForward(x[t], reader, writer, Experts.NONE);
      } else {
        y[t] = new double[x[t].length];
        for (int e = 0; e < gates.length; e++) {
          double[] own = feedForward(x[t], reader, writer, e);
          for (int i = 0; i < own.length; i++) {
            y[t][i] += gates[e] * own[i];
          }
        }
      }
    }
    return y;
  }

  private double[] feedForward(double[] x, String reader, String writer, int expert) {
    double[] read = one(x, reader, expert);
    boolean gated = !family.equals("gpt2");
    if (gated && !family.equals("phi3")) {
      double[] up = one(x, reader.replace("gate_proj", "up_proj"), expert);
      read = beside(new double[][] {read}, new double[][] {up})[0];
    }
    double[] f = new double[gated ? read.length / 2 : read.length];
    for (int i = 0; i < f.length; i++) {
      f[i] = activated(read[i]) * (gated ? read[f.length + i] : 1);
    }
    return one(f, writer, expert);
  }

  private double[][] block(double[][] x, int layer, int[] positions) {
    String path = root + "layers." + layer + ".";
    boolean sandwich = family.equals("gemma2");
    double[][] n = norm(x, path + "input_layernorm");
    double[][] qkv =
        family.equals("phi3")
            ? each(n, path + "self_attn.qkv_proj")
            : beside(
                each(n, path + "self_attn.q_proj"),
                each(n, path + "self_attn.k_proj"),
                each(n, path + "self_attn.v_proj"));
    double[][] o = each(attention(qkv, layer, positions), path + "self_attn.o_proj");
    double[][] a = plus(x, sandwich ? norm(o, path + "post_attention_layernorm") : o);
    double[][] m =
        norm(a, path + (sandwich ? "pre_feedforward_layernorm" : "post_attention_layernorm"));
    String reader = path + (family.equals("phi3") ? "mlp.gate_up_proj" : "mlp.gate_proj");
    double[][] d = mixed(m, reader, path + "mlp.down_proj");
    return plus(a, sandwich ? norm(d, path + "post_feedforward_layernorm") : d);
  }

  private double[][] attention(double[][] qkv, int layer, int[] positions) {
    int size = config.headSize();
    int heads = config.heads();
    int keys = config.keyValueHeads();
    double[][] mixed = new double[qkv.length][heads * size];
    for (int head = 0; head < heads; head++) {
      int key = head / (heads / keys);
      for (int t = 0; t < qkv.length; t++) {
        double[] q = turned(head(qkv[t], head), "q_norm", layer, positions[t]);
        int window = decoder.windows().get(layer);
        int first = window == 0 ? 0 : Math.max(0, t - window + 1);
        double[] weights = new double[t + 1];
        double sum = 0;
        for (int s = first; s <= t; s++) {
          double[] k = turned(head(qkv[s], heads + key), "k_norm", layer, positions[s]);
          double score = 0;
          for (int i = 0; i < size; i++) {
            score += q[i] * k[i];
          }
          weights[s] = Math.exp(capped(score * decoder.attentionScale(), decoder.attentionCap()));
          sum += weights[s];
        }
        for (int s = first; s <= t; s++) {
          double[] v = head(qkv[s], heads + keys + key);
          for (int i = 0; i < size; i++) {
            mixed[t][head * size + i] += weights[s] / sum * v[i];
          }
        }
      }
    }
    return mixed;
  }

  private double[] head(double[] row, int head) {
    return Arrays.copyOfRange(row, head * config.headSize(), (head + 1) * config.headSize());
  }

  /** Normed where the family does so, then turned pair by pair. */
  private double[] turned(double[] head, String norm, int layer, int position) {
    double[] x = head;
    if (family.equals("qwen3")) {
      x = norm(new double[][] {head}, root + "layers." + layer + ".self_attn." + norm)[0];
    }
    if (decoder.rotary().isEmpty()) {
      return x;
    }
    Rotary rotary = decoder.rotary().get();
    double[] y = x.clone();
    int half = rotary.size() / 2;
    for (int i = 0; i < half; i++) {
      double frequency = Math.pow(rotary.base(), -2.0 * i / rotary.size());
      double angle = position * rotary.scaling().scaled(frequency);
      y[i] = x[i] * Math.cos(angle) - x[i + half] * Math.sin(angle);
      y[i + half] = x[i + half] * Math.cos(angle) + x[i] * Math.sin(angle);
    }
    return y;
  }

  private static double capped(double x, double cap) {
    return cap == 0 ? x : cap * Math.tanh(x / cap);
  }

  private double activated(double x) {
    return config.activation() == Activation.SILU
        ? x / (1 + Math.exp(-x))
        : x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
  }

  private double[][] norm(double[][] x, String path) {
    double[] weight = tensors.get(path + ".weight");
    double[] bias = tensors.get(path + ".bias");
    double[][] y = new double[x.length][];
    for (int t = 0; t < x.length; t++) {
      double mean = bias == null ? 0 : Arrays.stream(x[t]).average().orElseThrow();
      double square = 0;
      for (double value : x[t]) {
        square += (value - mean) * (value - mean) / x[t].length;
      }
      double scale = 1 / Math.sqrt(square + config.normEpsilon());
      y[t] = new double[x[t].length];
      for (int i = 0; i < y[t].length; i++) {
        double factor = weight[i] + (family.equals("gemma2") ? 1 : 0);
        y[t][i] = (x[t][i] - mean) * scale * factor + (bias == null ? 0 : bias[i]);
      }
    }
    return y;
  }

  private double[][] each(double[][] x, String path) {
    return Arrays.stream(x).map(row -> one(row, path, Experts.NONE)).toArray(double[][]::new);
  }

  private double[] one(double[] x, String path, int expert) {
    double[] weight = tensors.get(path + ".weight");
    double[] bias = tensors.get(path + ".bias");
    int in = x.length;
    int out = weight.length / in;
    boolean inputFirst = family.equals("gpt2") && !path.equals("lm_head") && !path.equals(table());
    double[] y = experts.added(path, x, out, expert);
    for (int o = 0; o < out; o++) {
      double sum = bias == null ? 0 : bias[o];
      for (int i = 0; i < in; i++) {
        sum += x[i] * weight[inputFirst ? i * out + o : o * in + i];
      }
      y[o] += sum;
    }
    return y;
  }

  private static double[][] plus(double[][] a, double[][] b) {
    double[][] sum = new double[a.length][a[0].length];
    for (int t = 0; t < a.length; t++) {
      for (int i = 0; i < sum[t].length; i++) {
        sum[t][i] = a[t][i] + b[t][i];
      }
    }
    return sum;
  }

  private static double[][] beside(double[][]... parts) {
    double[][] rows = new double[parts[0].length][];
    for (int t = 0; t < rows.length; t++) {
      int token = t;
      rows[t] = Arrays.stream(parts).flatMapToDouble(p -> Arrays.stream(p[token])).toArray();
    }
    return rows;
  }
}
