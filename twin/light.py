"""How light falls on a city: one small shader that every thing wears.

The renderer's own lights know nothing of what stands in their way. Here every pixel reads one texture, the
city's relief, and learns from it whether something shades it from the sun, how crowded its surroundings are,
and how near a lamp is. A shadow map, ambient occlusion and light sources would be three passes; this is one
look-up, cheap enough for a computer without a graphics card.
"""

from __future__ import annotations

from typing import Any

_VERTEX_DECLARED = """
//VTK::PositionVC::Dec
uniform mat4 MCVCMatrix;
out vec3 placeMC;
out vec3 placeVC;
"""

# A lift brings a thing nearer to the eye by that share of its distance, in depth alone. Layers in one plane
# then never fight, near or far, and the depth test stays early, which polygon offset in VTK does not allow.
_VERTEX = """
//VTK::PositionVC::Impl
  placeMC = vertexMC.xyz;
  placeVC = (MCVCMatrix * vertexMC).xyz;
  vec4 depthRow = vec4(MCDCMatrix[0][2], MCDCMatrix[1][2], MCDCMatrix[2][2], MCDCMatrix[3][2]);
  vec4 awayRow = vec4(MCDCMatrix[0][3], MCDCMatrix[1][3], MCDCMatrix[2][3], MCDCMatrix[3][3]);
  float away = dot(awayRow.xyz, awayRow.xyz);
  float layers = flatlayers > 0.0 ? clamp(vertexMC.z, 0.0, 1.0) : 1.0;
  float nearby = away > 0.0 ? depthRow.w - dot(depthRow.xyz, awayRow.xyz) / away * awayRow.w : -1.0;
  gl_Position.z += lift * layers * nearby;
"""
_VERTEX_LINE = _VERTEX.replace("flatlayers", "0.0")

# Alpha's eighth bit tells what is shown from what a filter makes a ghost. All corners of a triangle are of one
# feature, so those that this actor does not draw are folded into nothing, and no pixel is ever asked.
_VERTEX_SIDED = """
  if (drawn >= 0.0 && drawn != step(0.5, scalarColor.a)) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
"""

_FRAGMENT_DECLARED = """
//VTK::PositionVC::Dec
uniform mat4 MCVCMatrix;
in vec3 placeMC;
in vec3 placeVC;
float chance(vec2 cell) { return fract(sin(dot(cell, vec2(12.9898, 78.233))) * 43758.5453); }
"""

_FRAGMENT = """
//VTK::Light::Impl
  vec4 own = vertexColorVSOutput;
  if (baked > 0.5) own.a = clamp(own.a < 0.5 ? own.a * 255.0 / 127.0 : (own.a * 255.0 - 128.0) / 127.0, 0.0, 1.0);
  float present = 1.0;
  if (fades > 0.5)
  {
    float pixel = sqrt(length(dFdx(placeMC.xy)) * length(dFdy(placeMC.xy)));
    present = clamp((own.a * 5.08 / max(pixel, 1e-6) - 0.3) / 0.7, 0.0, 1.0);
    own.a = 1.0;
  }
  vec3 facing = normalize(cross(dFdx(placeVC), dFdy(placeVC)));
  facing = facing * mat3(MCVCMatrix);
  float lean = dot(facing, sun);
  vec2 beside = placeMC.xy + facing.xy * reliefcell * (abs(facing.z) < 0.5 ? 1.9 : 1.0);
  vec2 at = (beside - reliefbox.xy) * reliefbox.zw;
  vec4 near = texture(reliefmap, at);
  vec2 aside = reliefbox.zw * reliefcell * 0.7;
  vec4 shades = vec4(near.r);
  if (softness > 0.0)
  {
    shades = vec4(
      texture(reliefmap, at + aside * vec2(0.4, 1.0)).r, texture(reliefmap, at + aside * vec2(-1.0, 0.4)).r,
      texture(reliefmap, at + aside * vec2(-0.4, -1.0)).r, texture(reliefmap, at + aside * vec2(1.0, -0.4)).r);
  }
  vec4 clear = smoothstep(vec4(-0.35), vec4(0.45), vec4(placeMC.z + 0.35) - shades);
  vec2 inwards = min(at, 1.0 - at) / (reliefbox.zw * reliefcell);
  float known = clamp(min(inwards.x, inwards.y) * 0.04, 0.0, 1.0);
  clear = mix(vec4(1.0), clear, known);
  float lit = dot(clear, vec4(0.25)) * min(max(lean, 0.0) * sunscale, 1.14);
  float crowd = max(near.g - placeMC.z, 0.0) * 0.09 + max(near.b - placeMC.z, 0.0) * 0.055;
  crowd *= known;
  float open = 1.0 - crowding * (1.0 - exp(-crowd * 2.0));
  vec3 light = mix(bouncelight, filllight, facing.z * 0.5 + 0.5) * open + keylight * lit;
  vec3 seen = own.rgb * light * mix(1.0, own.a, baked);
  if (litwindows > 0.0 && abs(facing.z) < 0.3)
  {
    vec2 wall = vec2(abs(facing.x) > abs(facing.y) ? placeMC.y : placeMC.x, placeMC.z) / vec2(2.6, 3.2);
    vec2 pane = abs(fract(wall) - 0.5);
    float sharp = clamp(1.6 - 0.0011 * length(placeVC), 0.0, 1.0);
    float glass = step(pane.x, 0.26) * step(pane.y, 0.30);
    float on = step(chance(floor(wall) + floor(facing.xy * 3.0)), litwindows);
    float warmth = 0.55 + 0.45 * chance(floor(wall) * 1.7 + 3.1);
    seen += windowlight * mix(litwindows * 0.30, glass * on, sharp) * warmth * step(1.2, placeMC.z);
  }
  seen += lamplight * near.a * exp(-max(placeMC.z, 0.0) * 0.16) * (0.35 + own.rgb * 2.2);
  float below = dot(placeVC, MCVCMatrix[2].xyz);
  float far = length(placeVC - MCVCMatrix[2].xyz * below) / max(fogdistance, 3.0 * (placeMC.z - below));
  seen = mix(seen, horizon, (1.0 - exp(-far * far * 1.8)) * fogged);
  fragOutput0 = vec4(seen, mix(1.0, own.a, 1.0 - baked) * thin * present);
"""

_LINE_FRAGMENT = """
//VTK::Light::Impl
  float far = length(placeVC) / fogdistance;
  fragOutput0 = vec4(line, opaque * exp(-far * far * 9.0));
"""

_GLOW_FRAGMENT = """
//VTK::Light::Impl
  fragOutput0 = vec4(line, opaque);
"""

_PICTURE = """
  vec4 picture_here = texture(picture, (placeMC.xy - picturebox.xy) * picturebox.zw);
  fragOutput0 = vec4(fragOutput0.rgb * picture_here.rgb, fragOutput0.a * picture_here.a);
"""

# Vertices of the sky are directions: points infinitely far away, which no journey brings nearer.
_SKY_VERTEX = """
//VTK::PositionVC::Impl
  direction = vertexMC.xyz;
  gl_Position = MCDCMatrix * vec4(vertexMC.xyz, 0.0);
  gl_Position.z = gl_Position.w * 0.999999;
"""

_SKY_FRAGMENT = """
//VTK::Light::Impl
  vec3 towards = normalize(direction);
  float up = max(towards.z, 0.0);
  vec3 air = mix(horizon, zenith, 1.0 - exp(-up * 9.0));
  float near = max(dot(towards, sun), 0.0);
  fragOutput0 = vec4(air + halo * (pow(near, 24.0) * 0.5 + pow(near, 4.0) * 0.12) * (1.0 - up), 1.0);
"""


class Worn:
    """The shader on one actor, and its values."""

    def __init__(
        self, actor: Any, *, lift: float = 0.0, layers: bool = False, baked: bool = True, fogged: bool = True
    ) -> None:
        """Dress an actor whose points carry red, green, blue and alpha.

        Parameters
        ----------
        actor : vtkActor
            Its property's lighting must be off.
        lift : float
            Share of the distance by which the thing comes nearer to the eye where depths are compared.
        layers : bool
            Whether `lift` is for each metre above the ground, up to one: then higher layers win over lower ones.
        baked : bool
            Whether alpha is light taken away beforehand, in seven bits below one for what is shown and no
            ghost; otherwise it is transparency.
        fogged : bool
            Whether distance fades the thing into the horizon.
        """
        shader = actor.GetShaderProperty()
        shader.AddVertexShaderReplacement("//VTK::PositionVC::Dec", True, _VERTEX_DECLARED, False)
        shader.AddVertexShaderReplacement("//VTK::PositionVC::Impl", True, _VERTEX + _VERTEX_SIDED, False)
        shader.AddFragmentShaderReplacement("//VTK::PositionVC::Dec", True, _FRAGMENT_DECLARED, False)
        shader.AddFragmentShaderReplacement("//VTK::Light::Impl", True, _FRAGMENT, False)
        drawn = 1.0 if baked else -1.0
        set_values(shader.GetVertexCustomUniforms(), {"lift": lift, "flatlayers": float(layers), "drawn": drawn})
        self._shader = shader
        self._values = shader.GetFragmentCustomUniforms()
        self.set(baked=float(baked), fogged=float(fogged), litwindows=0.0, thin=1.0, fades=0.0)

    def set(self, **values: float | tuple[float, ...]) -> None:
        """Give the shader values: numbers, triples or quadruples, by name."""
        set_values(self._values, values)

    def draw(self, *, ghosts: bool) -> None:
        """Draw the ghosts alone, or all but them."""
        self._shader.GetVertexCustomUniforms().SetUniformf("drawn", 0.0 if ghosts else 1.0)

    def lay(self, box: tuple[float, float, float, float]) -> None:
        """Lay the actor's texture named `picture` on it: its corner's x and y, one over its width and height."""
        self._shader.AddFragmentShaderReplacement("//VTK::Light::Impl", True, _FRAGMENT + _PICTURE, False)
        self.set(picturebox=box)


class Ink:
    """The shader on lines: one colour that thins out with distance, where lines would crowd into grey.

    The actor's points have the alpha of what the lines belong to: ghosts have none.
    """

    def __init__(self, actor: Any, *, lift: float) -> None:
        shader = actor.GetShaderProperty()
        shader.AddVertexShaderReplacement("//VTK::PositionVC::Dec", True, _VERTEX_DECLARED, False)
        shader.AddVertexShaderReplacement("//VTK::PositionVC::Impl", True, _VERTEX_LINE + _VERTEX_SIDED, False)
        shader.GetVertexCustomUniforms().SetUniformf("drawn", 1.0)
        shader.AddFragmentShaderReplacement(
            "//VTK::PositionVC::Dec", True, "//VTK::PositionVC::Dec\nin vec3 placeVC;\n", False
        )
        shader.AddFragmentShaderReplacement("//VTK::Light::Impl", True, _LINE_FRAGMENT, False)
        shader.GetVertexCustomUniforms().SetUniformf("lift", lift)
        self._values = shader.GetFragmentCustomUniforms()

    def set(self, **values: float | tuple[float, ...]) -> None:
        """Give the shader values: numbers or triples, by name."""
        set_values(self._values, values)


class Glow:
    """The shader on what is marked: one colour, near and far, by day and by night.

    Nothing is handed from point to pixel, so that it fits the thick lines that VTK makes of thin ones.
    """

    def __init__(self, actor: Any, *, lift: float) -> None:
        shader = actor.GetShaderProperty()
        shader.AddVertexShaderReplacement("//VTK::PositionVC::Dec", True, _VERTEX_DECLARED, False)
        shader.AddVertexShaderReplacement("//VTK::PositionVC::Impl", True, _VERTEX_LINE, False)
        shader.AddFragmentShaderReplacement("//VTK::Light::Impl", True, _GLOW_FRAGMENT, False)
        shader.GetVertexCustomUniforms().SetUniformf("lift", lift)
        self._values = shader.GetFragmentCustomUniforms()

    def set(self, **values: float | tuple[float, ...]) -> None:
        """Give the shader values: numbers or triples, by name."""
        set_values(self._values, values)


class Sky:
    """The shader on the actor that is the sky."""

    def __init__(self, actor: Any) -> None:
        shader = actor.GetShaderProperty()
        shader.AddVertexShaderReplacement(
            "//VTK::PositionVC::Dec", True, "//VTK::PositionVC::Dec\nout vec3 direction;\n", False
        )
        shader.AddVertexShaderReplacement("//VTK::PositionVC::Impl", True, _SKY_VERTEX, False)
        shader.AddFragmentShaderReplacement(
            "//VTK::PositionVC::Dec", True, "//VTK::PositionVC::Dec\nin vec3 direction;\n", False
        )
        shader.AddFragmentShaderReplacement("//VTK::Light::Impl", True, _SKY_FRAGMENT, False)
        self._values = shader.GetFragmentCustomUniforms()

    def set(self, **values: float | tuple[float, ...]) -> None:
        """Give the shader values: numbers or triples, by name."""
        set_values(self._values, values)


def set_values(uniforms: Any, values: dict[str, float | tuple[float, ...]]) -> None:
    """Set a vtkUniforms' values by their size."""
    for name, value in values.items():
        if isinstance(value, tuple):
            getattr(uniforms, f"SetUniform{len(value)}f")(name, value)
        else:
            uniforms.SetUniformf(name, value)
