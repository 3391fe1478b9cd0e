package dev.rankwise.adapters.spec;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Expected lists are those that PEFT 0.21 made of the same names. */
final class TestShortTargets {
  private static final List<String> PRODUCTS =
      List.of(
          "self_attn.q_proj",
          "self_attn.k_proj",
          "self_attn.v_proj",
          "self_attn.o_proj",
          "mlp.gate_proj",
          "mlp.up_proj",
          "mlp.down_proj");

  @Test
  void sharedEndingsTakeThePlaceOfLongLists() {
    List<String> all = paths(3);
    assertThat(ShortTargets.of(all, all))
        .containsExactly(
            "down_proj", "gate_proj", "k_proj", "o_proj", "q_proj", "up_proj", "v_proj");
  }

  @Test
  void anEndingThatAnotherModuleHasIsNotShared() {
    List<String> all = paths(3);
    assertThat(ShortTargets.of(all.subList(0, 20), all))
        .containsExactly(
            "0.mlp.down_proj",
            "1.mlp.down_proj",
            "gate_proj",
            "k_proj",
            "o_proj",
            "q_proj",
            "up_proj",
            "v_proj");
  }

  @Test
  void shortListsStayAsTheyAre() {
    List<String> all = paths(3);
    assertThat(ShortTargets.of(all.subList(0, 19), all)).isEqualTo(all.subList(0, 19));
  }

  @Test
  void listsThatCannotBeShorterStayAsTheyAre() {
    List<String> names = new ArrayList<>();
    for (int i = 30; i > 0; i--) {
      names.add("part" + i);
    }
    assertThat(ShortTargets.of(names, names)).isEqualTo(names);
  }

  private static List<String> paths(int layers) {
    List<String> paths = new ArrayList<>();
    for (int layer = 0; layer < layers; layer++) {
      for (String product : PRODUCTS) {
        paths.add("model.layers." + layer + "." + product);
      }
    }
    return paths;
  }
}
