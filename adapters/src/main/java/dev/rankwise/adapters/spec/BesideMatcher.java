package dev.rankwise.adapters.spec;

import dev.rankwise.models.config.ModuleKind;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.failure.UserInputException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Decides which biases and which rows of tables a configuration trains, as PEFT 0.21 does. */
final class BesideMatcher {
  private final ModuleTree tree;
  private final TrainedBeside asked;

  BesideMatcher(ModuleTree tree, TrainedBeside asked) {
    this.tree = tree;
    this.asked = asked;
  }

  /** The modules whose own bias is trained, in the tree's order. */
  List<String> biases(List<MatchedModule> adapted) {
    return switch (asked.biases()) {
      case NONE -> List.of();
      case LORA_ONLY ->
          adapted.stream()
              .map(MatchedModule::module)
              .filter(ModuleShape::bias)
              .map(ModuleShape::path)
              .toList();
      case ALL -> tree.modules().stream().filter(ModuleShape::bias).map(ModuleShape::path).toList();
    };
  }

  /**
   * The rows that are trained.
   *
   * @throws UserInputException if a name is no table's, a row is not in it, or the table is adapted
   *     or trained in full besides
   */
  List<TrainedRows> rows(List<MatchedModule> adapted, List<String> kept) {
    List<TrainedRows> rows = new ArrayList<>();
    for (Map.Entry<String, List<Integer>> entry : asked.rows().entrySet()) {
      List<ModuleShape> tables =
          tree.modules().stream().filter(module -> isNamed(module, entry.getKey())).toList();
      if (tables.isEmpty()) {
        throw new UserInputException(
            "Invalid trainable_token_indices: %s has no table \"%s\"; name an embedding"
                .formatted(tree.config().architecture(), entry.getKey()));
      }
      for (ModuleShape table : tables) {
        requireFree(table, adapted, kept);
        requireIn(table, entry.getValue());
        rows.add(new TrainedRows(table, entry.getValue()));
      }
    }
    return rows;
  }

  private boolean isNamed(ModuleShape module, String name) {
    return module.kind() == ModuleKind.EMBEDDING
        && (name.equals(TrainedBeside.TOKEN_TABLE)
            ? tree.isTokenEmbedding(module.path())
            : ModuleChoice.isOrEndsIn(module.path(), name));
  }

  private void requireFree(ModuleShape table, List<MatchedModule> adapted, List<String> kept) {
    for (MatchedModule module : adapted) {
      boolean tiedOutput =
          tree.config().tiedEmbeddings()
              && tree.isTokenEmbedding(table.path())
              && tree.isOutputEmbedding(module.module().path());
      if (module.module().equals(table) || tiedOutput) {
        throw new UserInputException(
            ("Invalid trainable_token_indices: the weight of %s is adapted at %s too; take one of"
                    + " the two out")
                .formatted(table.path(), module.module().path()));
      }
    }
    for (String module : kept) {
      if (table.path().equals(module) || table.path().startsWith(module + ".")) {
        throw new UserInputException(
            "Invalid trainable_token_indices: %s is trained in full already; take one of the two out"
                .formatted(table.path()));
      }
    }
  }

  private static void requireIn(ModuleShape table, List<Integer> entries) {
    for (int entry : entries) {
      if (entry < 0 || entry >= table.inFeatures()) {
        throw new UserInputException(
            "Invalid trainable_token_indices: %s (%s has rows 0 to %s)"
                .formatted(entry, table.path(), table.inFeatures() - 1));
      }
    }
  }
}
