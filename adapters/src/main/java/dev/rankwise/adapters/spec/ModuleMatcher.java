package dev.rankwise.adapters.spec;

import dev.rankwise.models.config.ModuleKind;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.failure.UserInputException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;

/**
 * Decides which modules of a base an adapter configuration means, as PEFT does (peft 0.21, {@code
 * tuners_utils.check_target_module_exists} and {@code _maybe_include_all_linear_layers}).
 *
 * <p>Tests on a module's path, in order: an excluded module never matches; nor does one at or under
 * a module that is trained in full; then the targets decide; then, with a list of targets, the
 * layers.
 *
 * <p>Where PEFT passes over an entry or a pattern that matches nothing in silence, {@link
 * Strictness#STRICT} refuses it by name; {@link Strictness#AS_PEFT} does not.
 */
public final class ModuleMatcher {
  /** What to do with entries and patterns that match nothing. */
  public enum Strictness {
    /** Refuse them, naming each. */
    STRICT,
    /** Pass over them, as PEFT does. */
    AS_PEFT
  }

  private static final Set<ModuleKind> ADAPTABLE =
      EnumSet.of(ModuleKind.LINEAR, ModuleKind.CONV1D, ModuleKind.EMBEDDING, ModuleKind.CONV2D);
  private static final Set<ModuleKind> LINEAR = EnumSet.of(ModuleKind.LINEAR, ModuleKind.CONV1D);
  private static final String ANY_LAYER = ".*?\\.[^.]*\\.(\\d+)\\.";

  private final ModuleTree tree;
  private final AdapterSpec spec;
  private final Strictness strictness;

  private ModuleMatcher(ModuleTree tree, AdapterSpec spec, Strictness strictness) {
    this.tree = tree;
    this.spec = spec;
    this.strictness = strictness;
  }

  /**
   * Matches a configuration on a base.
   *
   * @throws UserInputException if nothing matches, a match cannot be adapted, or (strictly) an
   *     entry or pattern matches nothing
   */
  public static MatchedModules match(ModuleTree tree, AdapterSpec spec, Strictness strictness) {
    return new ModuleMatcher(tree, spec, strictness).match();
  }

  /**
   * Matches the modules that are trained in full alone; targets are not looked at.
   *
   * @throws UserInputException if, strictly, an entry matches nothing
   */
  public static MatchedModules matchKept(ModuleTree tree, AdapterSpec spec, Strictness strictness) {
    ModuleMatcher matcher = new ModuleMatcher(tree, spec, strictness);
    if (strictness == Strictness.STRICT) {
      matcher.refuseTied();
      matcher.refuse(matcher.unusedModulesToSave());
    }
    return matcher.matched(List.of(), matcher.kept(), ModuleChoice.of(List.of()));
  }

  private MatchedModules match() {
    List<String> kept = kept();
    ModuleChoice named = named();
    ModuleChoice targets = listed(named);
    List<MatchedModule> adapted = new ArrayList<>();
    for (ModuleShape module : tree.modules()) {
      if (isTarget(module, targets)) {
        requireAdaptable(module);
        adapted.add(matched(module));
      }
    }
    if (adapted.isEmpty()) {
      boolean inOtherLayers = tree.modules().stream().anyMatch(it -> targets.names(it.path()));
      throw new UserInputException(
          "No module of %s matches the targets %s%s; name some of %s"
              .formatted(
                  tree.config().architecture(),
                  describe(named),
                  inOtherLayers ? within() : "",
                  linearNames()));
    }
    if (strictness == Strictness.STRICT) {
      requireAllUsed(named, adapted);
    }
    return matched(adapted, kept, targets);
  }

  private MatchedModules matched(
      List<MatchedModule> adapted, List<String> kept, ModuleChoice targets) {
    BesideMatcher beside = new BesideMatcher(tree, spec.beside());
    return new MatchedModules(
        tree, adapted, kept, beside.biases(adapted), beside.rows(adapted, kept), targets);
  }

  private String within() {
    String layers = spec.layers().isEmpty() ? "" : " within layers %s and".formatted(spec.layers());
    return layers + " outside of what is excluded or trained in full";
  }

  private ModuleChoice named() {
    if (spec.targets().kind() != ModuleChoice.Kind.UNSET) {
      return spec.targets();
    }
    return ModuleChoice.of(
        DefaultTargets.of(tree.config().modelType())
            .orElseThrow(
                () ->
                    new UserInputException(
                        "No usual targets are known for model_type \"%s\"; name target modules"
                            .formatted(tree.config().modelType()))));
  }

  private boolean isTarget(ModuleShape module, ModuleChoice targets) {
    String path = module.path();
    if (spec.excluded().names(path) || isUnderSaved(path)) {
      return false;
    }
    return targets.names(path)
        && (targets.kind() != ModuleChoice.Kind.LIST || isInLayers(path, targets));
  }

  /** PEFT tests {@code (^|.*\.)entry($|\..*)} for each entry that is trained in full. */
  private boolean isUnderSaved(String path) {
    return spec.allModulesToSave().stream()
        .anyMatch(entry -> ModuleChoice.matcher("(^|.*\\.)" + entry + "($|\\..*)", path).matches());
  }

  private boolean isOutput(String path) {
    if (tree.isOutputEmbedding(path)) {
      return true;
    }
    return spec.taskType().equals(AdapterSpec.CLASSIFICATION) && AdapterSpec.HEADS.contains(path);
  }

  private boolean isInLayers(String path, ModuleChoice targets) {
    if (spec.layers().isEmpty() || targets.entries().contains(path)) {
      return true;
    }
    return layer(path).filter(spec.layers()::contains).isPresent();
  }

  /** The number of the layer that a module lies in. */
  private Optional<Integer> layer(String path) {
    List<String> expressions =
        spec.layersPattern().isEmpty()
            ? List.of(ANY_LAYER)
            : spec.layersPattern().stream().map(name -> ".*?\\." + name + "\\.(\\d+)\\.").toList();
    for (String expression : expressions) {
      Matcher layer = ModuleChoice.matcher(expression, path);
      if (layer.lookingAt()) {
        return Optional.of(layerNumber(layer.group(1)));
      }
    }
    return Optional.empty();
  }

  /** A layers_pattern with a group of its own takes the number's place; PEFT fails on it too. */
  private int layerNumber(String group) {
    if (group == null || !group.matches("\\d{1,9}")) {
      throw new UserInputException(
          "Invalid layers_pattern: %s (must not hold a group in parentheses); write (?:…) instead"
              .formatted(spec.layersPattern()));
    }
    return Integer.parseInt(group);
  }

  private void requireAdaptable(ModuleShape module) {
    if (!ADAPTABLE.contains(module.kind())) {
      throw new UserInputException(
          ("Cannot adapt module %s of kind %s (only linear, convolution and embedding modules have"
                  + " factors); name the modules inside it")
              .formatted(module.path(), module.kind().name().toLowerCase(Locale.ROOT)));
    }
  }

  private MatchedModule matched(ModuleShape module) {
    int rank = firstMatch(spec.rankPattern(), module.path()).orElse(spec.rank());
    double alpha = firstMatch(spec.alphaPattern(), module.path()).orElse(spec.alpha());
    double scale = spec.scaling().scale(alpha, rank);
    return new MatchedModule(module, rank, alpha, scale, spec.beside().biasOfB());
  }

  /** PEFT's {@code get_pattern_key}: the first key that matches {@code (.*\.)?(key)$}. */
  private static <T> Optional<T> firstMatch(Map<String, T> patterns, String path) {
    return patterns.entrySet().stream()
        .filter(entry -> matchesKey(entry.getKey(), path))
        .map(Map.Entry::getValue)
        .findFirst();
  }

  private static boolean matchesKey(String key, String path) {
    return ModuleChoice.matcher("(.*\\.)?(" + key + ")$", path).lookingAt();
  }

  /** The modules trained in full: outermost modules whose path ends in an entry. */
  private List<String> kept() {
    List<String> kept = new ArrayList<>();
    for (ModuleShape module : tree.modules()) {
      String path = module.path();
      if (spec.allModulesToSave().stream().anyMatch(entry -> ModuleChoice.isOrEndsIn(path, entry))
          && kept.stream().noneMatch(outer -> path.startsWith(outer + "."))) {
        kept.add(path);
      }
    }
    return kept;
  }

  private void requireAllUsed(ModuleChoice targets, List<MatchedModule> adapted) {
    refuseTied();
    List<String> paths = adapted.stream().map(matched -> matched.module().path()).toList();
    List<String> unused = new ArrayList<>();
    if (targets.kind() == ModuleChoice.Kind.LIST) {
      unused.addAll(
          unused(
              targets.entries(),
              entry -> paths.stream().anyMatch(path -> ModuleChoice.isOrEndsIn(path, entry))));
    }
    Predicate<String> matchesSome = key -> paths.stream().anyMatch(path -> matchesKey(key, path));
    unused.addAll(unused(spec.rankPattern().keySet(), matchesSome));
    unused.addAll(unused(spec.alphaPattern().keySet(), matchesSome));
    unused.addAll(unusedModulesToSave());
    List<String> all = tree.modules().stream().map(ModuleShape::path).toList();
    unused.addAll(
        unused(
            spec.excluded().entries(),
            entry -> {
              boolean listed = spec.excluded().kind() == ModuleChoice.Kind.LIST;
              ModuleChoice one = listed ? ModuleChoice.of(List.of(entry)) : ModuleChoice.of(entry);
              return all.stream().anyMatch(one::names);
            }));
    // The layers of a decoder that sees are the first ones, named by nobody.
    if (!spec.method().equals("vora")) {
      unused.addAll(unusedLayers(paths));
    }
    refuse(unused);
  }

  /** Layers that none of the adapted modules lies in. */
  private List<String> unusedLayers(List<String> paths) {
    Set<Integer> used = new TreeSet<>();
    paths.forEach(path -> layer(path).ifPresent(used::add));
    return spec.layers().stream()
        .filter(layer -> !used.contains(layer))
        .map(layer -> "layer " + layer)
        .toList();
  }

  /**
   * A head has one of two names, so PEFT lists both; that one of them matches nothing is right. A
   * module without a weight of its own (a dropout, a tied output embedding) is nothing to save.
   */
  private List<String> unusedModulesToSave() {
    List<String> owners =
        tree.tensors().keySet().stream()
            .map(name -> name.substring(0, name.lastIndexOf('.') + 1))
            .toList();
    Predicate<ModuleShape> hasWeights =
        module -> owners.stream().anyMatch(owner -> owner.startsWith(module.path() + "."));
    return unused(
        spec.modulesToSave().stream().filter(entry -> !AdapterSpec.HEADS.contains(entry)).toList(),
        entry ->
            tree.modules().stream()
                .filter(module -> ModuleChoice.isOrEndsIn(module.path(), entry))
                .anyMatch(hasWeights));
  }

  /** Whose weight is the token table's has none that could be trained and saved beside it. */
  private void refuseTied() {
    for (String entry : spec.modulesToSave()) {
      for (ModuleShape module : tree.modules()) {
        if (tree.config().tiedEmbeddings()
            && tree.isOutputEmbedding(module.path())
            && ModuleChoice.isOrEndsIn(module.path(), entry)) {
          throw new UserInputException(
              ("Cannot train %s of %s in full: its weight is that of the token table %s"
                      + " (tie_word_embeddings), and it has none of its own; take \"%s\" out of"
                      + " adapter.modules-to-save, or name it in adapter.targets, which gives it"
                      + " factors of its own")
                  .formatted(
                      module.path(), tree.config().architecture(), tree.tokenEmbedding(), entry));
        }
      }
    }
  }

  private void refuse(List<String> unused) {
    if (!unused.isEmpty()) {
      throw new UserInputException(
          ("Nothing of %s matches %s (every target, exclusion, pattern, layer and module to save must match);"
                  + " the linear modules are %s")
              .formatted(tree.config().architecture(), unused, linearNames()));
    }
  }

  private static List<String> unused(Collection<String> entries, Predicate<String> used) {
    return entries.stream().filter(used.negate()).toList();
  }

  /**
   * PEFT writes "all-linear" out, those modules too that it then passes over as excluded, and
   * shortens lists that are long.
   */
  private ModuleChoice listed(ModuleChoice named) {
    List<String> entries =
        switch (named.kind()) {
          case ALL_LINEAR ->
              tree.modules().stream().filter(this::isInnerLinear).map(ModuleShape::path).toList();
          case LIST -> named.entries();
          case EXPRESSION, UNSET -> List.of();
        };
    return entries.isEmpty()
        ? named
        : ModuleChoice.of(
            ShortTargets.of(entries, tree.modules().stream().map(ModuleShape::path).toList()));
  }

  private boolean isInnerLinear(ModuleShape module) {
    return LINEAR.contains(module.kind()) && !isOutput(module.path());
  }

  private static String describe(ModuleChoice targets) {
    return targets.kind() == ModuleChoice.Kind.ALL_LINEAR
        ? "\"all-linear\""
        : targets.entries().toString();
  }

  /** The last parts of the paths of all linear modules, each once. */
  private List<String> linearNames() {
    return tree.modules().stream()
        .filter(module -> LINEAR.contains(module.kind()))
        .map(module -> module.path().substring(module.path().lastIndexOf('.') + 1))
        .distinct()
        .toList();
  }
}
