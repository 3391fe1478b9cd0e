package dev.rankwise.models.failure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class TestNearestName {

  @Test
  void aSlipOfTheFingerIsRecognised() {
    assertThat(NearestName.nearest("lable", List.of("id", "text", "label"))).contains("label");
    assertThat(NearestName.nearest("Text", List.of("id", "text", "label"))).contains("text");
    assertThat(NearestName.nearest("txt", List.of("id", "text", "label"))).contains("text");
  }

  @Test
  void aDifferentWordIsNot() {
    assertThat(NearestName.nearest("category", List.of("id", "text", "label"))).isEmpty();
    assertThat(NearestName.nearest("id", List.of("ab"))).isEmpty();
  }
}
