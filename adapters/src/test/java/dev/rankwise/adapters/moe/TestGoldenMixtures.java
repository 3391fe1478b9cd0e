package dev.rankwise.adapters.moe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.adapters.spec.ExpertMixture;
import dev.rankwise.adapters.spec.ExpertMixture.Gates;
import dev.rankwise.adapters.spec.ExpertMixture.Router;
import dev.rankwise.adapters.spec.ExpertMixture.Scope;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.models.Golden;
import dev.rankwise.models.config.FeedForward;
import dev.rankwise.models.config.ModuleKind;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.network.AdaptedProduct;
import dev.rankwise.models.network.TrainableTensor;
import dev.rankwise.models.torch.KernelProgram;
import dev.rankwise.models.torch.KernelText;
import dev.rankwise.models.torch.TensorScope;
import dev.rankwise.models.torch.TorchRuntime;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The kernels of mixtures, by themselves, on the golden cases: outputs, terms of the loss and
 * gradients in float32, and the formulas in double.
 */
final class TestGoldenMixtures {
  private static final String FOLDER = "moe-lora";
  private static final double NARROW = 1e-4;
  private static final double WIDE = 1e-10;

  @TestFactory
  Stream<DynamicTest> kernelsGiveWhatTheCasesSay() {
    List<Path> files = Golden.files(FOLDER, "*.safetensors");
    Golden.requireSome(FOLDER, files.size(), 8);
    return files.stream()
        .map(file -> DynamicTest.dynamicTest(name(file), () -> compare(name(file), file)));
  }

  @Test
  void theFormulasInDoubleGiveTheTermsOfEveryRouter() {
    for (Path path : Golden.files(FOLDER, "*.safetensors")) {
      try (SafetensorsFile file = SafetensorsFile.open(path)) {
        if (!file.tensors().containsKey("expected.router_logits")) {
          continue;
        }
        JsonNode settings = settings(name(path));
        int k = settings.path("top_k").intValue();
        Case given = new Case(file, settings);
        List<double[]> scores = given.scores();
        String what = name(path);
        double[] load = file.doubles("expected.load");
        assertThat(ExpertsOracle.load(scores, k)).as(what).containsExactly(load, within(WIDE));
        assertThat(ExpertsOracle.balance(scores, k))
            .as(what)
            .isCloseTo(file.doubles("expected.balance")[0], within(WIDE));
        if (file.tensors().containsKey("expected.z_loss")) {
          assertThat(ExpertsOracle.squares(scores))
              .as(what)
              .isCloseTo(file.doubles("expected.z_loss")[0], within(WIDE));
        }
      }
    }
  }

  /** The balance between groups, as the code of LoRAMoE takes it. */
  @Test
  void theFormulaOfGroupsGivesWhatTheCaseSays() {
    JsonNode said = settings("linear-dense").path("localised_balance");
    double[][] mass = new double[2][4];
    for (int e = 0; e < 4; e++) {
      for (int s = 0; s < 2; s++) {
        mass[s][e] = said.path("mass").path(e).path(s).doubleValue();
      }
    }
    int[] experts = new int[4];
    Arrays.setAll(experts, e -> said.path("expert_type").path(e).intValue());
    int[] samples = new int[2];
    Arrays.setAll(samples, s -> said.path("sample_type").path(s).intValue());
    double expected = said.path("sample_variance_over_mean_squared").doubleValue();
    assertThat(expected).isNotZero();
    // The case has 1 + δ and 1 - δ in float32.
    assertThat(ExpertsOracle.grouped(mass, samples, experts, said.path("delta").doubleValue()))
        .isCloseTo(expected, within(1e-7));
  }

  private static String name(Path file) {
    return file.getFileName().toString().replaceFirst("\\.safetensors$", "");
  }

  private static JsonNode settings(String name) {
    return Golden.json(Golden.given(FOLDER).resolve("cases.json")).path("cases").path(name);
  }

  private static void compare(String name, Path path) {
    JsonNode coefficients =
        Golden.json(Golden.given(FOLDER).resolve("cases.json")).path("coefficients");
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      Case given = new Case(file, settings(name));
      Result result = given.run(coefficients);
      close(name + " y", given.inOrder(result.y), given.expectedRows("expected.y"));
      result.gradients.forEach(
          (tensor, gradient) -> close(name + " " + tensor, gradient, file.doubles(tensor)));
      close(name + " grad.x", given.inOrder(result.gradientOfX), given.expectedRows("grad.x"));
      if (file.tensors().containsKey("expected.balance")) {
        assertThat((double) result.terms[0])
            .isCloseTo(file.doubles("expected.balance")[0], within(NARROW));
      }
      if (file.tensors().containsKey("expected.z_loss")) {
        assertThat((double) result.terms[1])
            .isCloseTo(file.doubles("expected.z_loss")[0], within(NARROW));
      }
      if (file.tensors().containsKey("expected.load")) {
        double[] load = file.doubles("expected.load");
        double[] mean = file.doubles("expected.mean_probability");
        for (int e = 0; e < load.length; e++) {
          assertThat((double) result.shares[1 + e]).isCloseTo(load[e], within(1e-6));
          assertThat((double) result.shares[1 + load.length + e]).isCloseTo(mean[e], within(1e-6));
        }
      }
    }
  }

  private static void close(String what, float[] values, double[] expected) {
    assertThat(values).as(what).hasSameSizeAs(expected);
    for (int i = 0; i < values.length; i++) {
      assertThat((double) values[i])
          .as("%s at %s", what, i)
          .isCloseTo(expected[i], within(NARROW + NARROW * Math.abs(expected[i])));
    }
  }

  /** What a kernel gave; rows as it computes them. */
  private record Result(
      float[] y,
      float[] terms,
      float[] shares,
      float[] gradientOfX,
      Map<String, float[]> gradients) {}

  /** One case: real tokens are its first rows, padded ones come after them. */
  private static final class Case {
    private final SafetensorsFile file;
    private final JsonNode settings;
    private final boolean block;
    private final int experts;
    private final int[] order;
    private final int tokens;

    Case(SafetensorsFile file, JsonNode settings) {
      this.file = file;
      this.settings = settings;
      this.block = file.tensors().containsKey("gate.weight");
      this.experts = settings.path("experts").intValue();
      byte[] mask = new byte[file.bytes("mask").remaining()];
      file.bytes("mask").get(mask);
      IntStream real = IntStream.range(0, mask.length).filter(row -> mask[row] != 0);
      IntStream padded = IntStream.range(0, mask.length).filter(row -> mask[row] == 0);
      this.order = IntStream.concat(real, padded).toArray();
      this.tokens = (int) IntStream.range(0, mask.length).filter(row -> mask[row] != 0).count();
    }

    /** Scores of the real tokens by the formula, in double. */
    List<double[]> scores() {
      double[] x = file.doubles("x");
      double[] router = file.doubles("router");
      int in = router.length / experts;
      List<double[]> scores = new ArrayList<>();
      for (int t = 0; t < tokens; t++) {
        double[] z = new double[experts];
        for (int e = 0; e < experts; e++) {
          for (int i = 0; i < in; i++) {
            z[e] += router[e * in + i] * x[order[t] * in + i];
          }
          z[e] /= settings.path("temperature").doubleValue();
        }
        scores.add(z);
      }
      return scores;
    }

    double[] expectedRows(String name) {
      return file.doubles(name);
    }

    /** Rows back in the order of the case. */
    float[] inOrder(float[] rows) {
      int width = rows.length / order.length;
      float[] back = new float[rows.length];
      for (int t = 0; t < order.length; t++) {
        System.arraycopy(rows, t * width, back, order[t] * width, width);
      }
      return back;
    }

    private float[] rows(String name) {
      float[] all = file.floats(name);
      int width = all.length / order.length;
      float[] rows = new float[all.length];
      for (int t = 0; t < order.length; t++) {
        System.arraycopy(all, order[t] * width, rows, t * width, width);
      }
      return rows;
    }

    private ExpertMixture mixture() {
      boolean table = file.tensors().containsKey("task_logits");
      boolean embedding = file.tensors().containsKey("task_embedding");
      int tasks = table ? rowsOf("task_logits") : embedding ? rowsOf("task_embedding") : 1;
      return new ExpertMixture(
          experts,
          settings.path("top_k").intValue() == 0 ? experts : settings.path("top_k").intValue(),
          table ? Router.TASK : embedding ? Router.TASK_EMBEDDING : Router.TOKEN,
          block ? Scope.BLOCK : Scope.MODULE,
          settings.path("renormalise").booleanValue() ? Gates.RENORMALISED : Gates.RAW,
          settings.path("temperature").doubleValue(),
          0,
          0,
          0,
          tasks,
          embedding ? file.floats("task_embedding").length / tasks : 1);
    }

    private int rowsOf(String name) {
      return Math.toIntExact(file.tensors().get(name).shape().get(0));
    }

    private ModuleShape module(String name, String weight) {
      List<Long> shape = file.tensors().get(weight).shape();
      return new ModuleShape(
          "layers.0." + name,
          ModuleKind.LINEAR,
          Math.toIntExact(shape.get(1)),
          Math.toIntExact(shape.get(0)),
          false);
    }

    private MatchedModule matched(ModuleShape module) {
      int rank = settings.path("r").intValue();
      double alpha = settings.path("alpha").doubleValue();
      return new MatchedModule(module, rank, alpha, alpha / rank, false);
    }

    /** The methods of all products and of the segment that calls them. */
    private String source(List<TrainableTensor> read) {
      List<String> methods = new ArrayList<>();
      String body;
      if (block) {
        ModuleShape gate = module("gate", "gate.weight");
        ModuleShape up = module("up", "up.weight");
        ModuleShape down = module("down", "down.weight");
        MoeLora method =
            new MoeLora(mixture(), List.of(new FeedForward(List.of(gate, up), down)), 1);
        Map<String, MatchedModule> adapted = new LinkedHashMap<>();
        Stream.of(gate, up, down).forEach(m -> adapted.put(m.path(), matched(m)));
        methods.add(linked("into", method.product(List.of(gate, up), adapted, 0), read, 0));
        methods.add(linked("back", method.product(List.of(down), adapted, 0), read, 2));
        body =
            """
                gate, up, = torch.chunk((self).into(x, w, p), 2, 1)
                y = (self).back(torch.mul(torch.silu(gate), up), w, p)
            """;
      } else {
        ModuleShape module = module("m", "weight");
        MoeLora method = new MoeLora(mixture(), List.of(), 1);
        Map<String, MatchedModule> adapted = Map.of(module.path(), matched(module));
        methods.add(linked("into", method.product(List.of(module), adapted, 0), read, 0));
        body = "    y = (self).into(x, w, p)\n";
      }
      methods.add(
          """
            def whole(self: __torch__.Kernels,
              x: Tensor,
              p: List[Tensor],
              w: List[Tensor]) -> List[Tensor]:
          %s    return [y, w[-1], w[-2]]
            def objective(self: __torch__.Kernels,
              y: Tensor,
              upstream: Tensor,
              terms: Tensor,
              weights: Tensor) -> Tensor:
              return torch.add(torch.sum(torch.mul(y, upstream)), torch.dot(terms, weights))
          """
              .formatted(body.indent(0).replaceAll("(?m)^ *", "    ")));
      return String.join("", methods);
    }

    /** Links a product as a replica does; its frozen product reads two elements of w from there. */
    private static String linked(
        String name, AdaptedProduct product, List<TrainableTensor> read, int frozen) {
      Map<String, String> values = new LinkedHashMap<>();
      for (int i = 0; i < product.tensors().size(); i++) {
        TrainableTensor tensor = product.tensors().get(i);
        values.put("t" + i, "p[%s]".formatted(read.size()));
        read.add(tensor);
      }
      List<String> places =
          List.of("terms", "shares", "carried_1", "carried_0", "tasks", "tokens", "sequences");
      places.forEach(place -> values.put(place, Integer.toString(-places.indexOf(place) - 1)));
      values.put("method", name);
      values.put("base", name + "_base");
      product.parts().keySet().forEach(part -> values.put(part, name + "_" + part));
      values.put("compute", "6");
      values.put("adapter", "6");
      StringBuilder text =
          new StringBuilder(
              """
                def %s_base(self: __torch__.Kernels,
                  x: Tensor,
                  w: List[Tensor],
                  p: List[Tensor]) -> Tensor:
                  return torch.linear(x, w[%s], w[%s])
              """
                  .formatted(name, frozen, frozen + 1));
      text.append(filled(product.template(), product, values));
      product
          .parts()
          .forEach(
              (part, resource) -> {
                values.put("method", name + "_" + part);
                text.append(filled(resource, product, values));
              });
      return text.toString();
    }

    private static String filled(
        String resource, AdaptedProduct product, Map<String, String> values) {
      String text = KernelText.fill(KernelText.read(resource), product.substitutions());
      return KernelText.fill(text, values);
    }

    private float[] values(TrainableTensor tensor) {
      return cut(tensor, file.floats(source(tensor)));
    }

    /** Name of the case's tensor that a trainable one is a part of. */
    private String source(TrainableTensor tensor) {
      String prefix = block ? tensor.module().replace("layers.0.", "") + "." : "";
      return switch (tensor.tensor()) {
        case MoeLora.ROUTER -> file.tensors().containsKey("router") ? "router" : "gate";
        case MoeLora.TASK_SCORES -> "task_logits";
        case MoeLora.TASK_EMBEDDING -> "task_embedding";
        default -> prefix + (tensor.tensor().contains("lora_A") ? "lora_A" : "lora_B");
      };
    }

    private float[] cut(TrainableTensor tensor, float[] whole) {
      if (!tensor.tensor().startsWith("experts.")) {
        return whole;
      }
      int expert = Integer.parseInt(tensor.tensor().split("\\.")[1]);
      return Arrays.copyOfRange(whole, expert * tensor.size(), (expert + 1) * tensor.size());
    }

    Result run(JsonNode coefficients) {
      List<TrainableTensor> read = new ArrayList<>();
      TorchRuntime.prepareThread(1);
      try (KernelProgram program = KernelProgram.compile(source(read));
          TensorScope scope = TorchRuntime.scope()) {
        TorchRuntime.recordGradients();
        float[] flat = rows("x");
        NDArray x = scope.leaf(scope.floats(flat, order.length, flat.length / order.length));
        List<NDArray> leaves = new ArrayList<>();
        for (TrainableTensor tensor : read) {
          long[] shape = tensor.shape().stream().mapToLong(Integer::longValue).toArray();
          leaves.add(scope.leaf(scope.floats(values(tensor), shape)));
        }
        NDList p = KernelProgram.list("p", leaves);
        NDList results = program.callForSeveral("whole", new NDList(x), List.of(p, frozen(scope)));
        float[] weights = {
          weight("expected.balance", coefficients.path("balance")),
          weight("expected.z_loss", coefficients.path("z"))
        };
        float[] upstream = rows("upstream");
        NDArray objective =
            program.call(
                "objective",
                results.get(0),
                scope.floats(upstream, order.length, upstream.length / order.length),
                results.get(1),
                scope.floats(weights, 2));
        assertThat((double) objective.getFloat())
            .isCloseTo(file.doubles("expected.objective")[0], within(1e-3));
        KernelProgram.backward(objective);
        TorchRuntime.recordNothing();
        return new Result(
            results.get(0).toFloatArray(),
            results.get(1).toFloatArray(),
            results.get(2).toFloatArray(),
            KernelProgram.gradient(x).toFloatArray(),
            gradients(read, leaves));
      } finally {
        TorchRuntime.recordNothing();
      }
    }

    private float weight(String term, JsonNode coefficient) {
      return file.tensors().containsKey(term) ? coefficient.floatValue() : 0;
    }

    private Map<String, float[]> gradients(List<TrainableTensor> read, List<NDArray> leaves) {
      Map<String, float[]> gradients = new LinkedHashMap<>();
      for (int i = 0; i < leaves.size(); i++) {
        TrainableTensor tensor = read.get(i);
        String name = "grad." + source(tensor);
        float[] own = KernelProgram.gradient(leaves.get(i)).toFloatArray();
        float[] whole =
            gradients.computeIfAbsent(name, key -> new float[file.doubles(name).length]);
        int expert =
            tensor.tensor().startsWith("experts.")
                ? Integer.parseInt(tensor.tensor().split("\\.")[1])
                : 0;
        System.arraycopy(own, 0, whole, expert * own.length, own.length);
      }
      return gradients;
    }

    /** Weights and biases, and the elements that products hear and leave. */
    private NDList frozen(TensorScope scope) {
      List<NDArray> w = new ArrayList<>();
      if (block) {
        ModuleShape gate = module("gate", "gate.weight");
        ModuleShape down = module("down", "down.weight");
        float[] side = concat(file.floats("gate.weight"), file.floats("up.weight"));
        w.add(scope.floats(side, 2L * gate.outFeatures(), gate.inFeatures()));
        w.add(scope.zeros(2L * gate.outFeatures()));
        w.add(scope.floats(file.floats("down.weight"), down.outFeatures(), down.inFeatures()));
        w.add(scope.zeros(down.outFeatures()));
      } else {
        ModuleShape module = module("m", "weight");
        w.add(scope.floats(file.floats("weight"), module.outFeatures(), module.inFeatures()));
        w.add(scope.floats(file.floats("bias"), module.outFeatures()));
      }
      w.add(scope.longs(new int[order.length], order.length));
      w.add(scope.number((long) tokens));
      w.add(scope.longs(tasks(), order.length));
      w.add(scope.zeros(0));
      w.add(scope.zeros(0));
      w.add(scope.zeros(0));
      w.add(scope.zeros(2));
      return KernelProgram.list("w", w);
    }

    private int[] tasks() {
      int[] tasks = new int[order.length];
      if (file.tensors().containsKey("task")) {
        int sequences = rowsOf("task");
        long[] ids = file.longs("task");
        for (int t = 0; t < tasks.length; t++) {
          tasks[t] = Math.toIntExact(ids[order[t] / (order.length / sequences)]);
        }
      }
      return tasks;
    }

    private static float[] concat(float[] a, float[] b) {
      float[] both = Arrays.copyOf(a, a.length + b.length);
      System.arraycopy(b, 0, both, a.length, b.length);
      return both;
    }
  }
}
