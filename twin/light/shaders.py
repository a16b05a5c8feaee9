"""The programs that draw: GLSL put into the places that VTK's own shaders leave for it.

Whatever repeats, floors and windows, tiles and bricks, is drawn as the share of a pixel that it covers. So it
fades into its own mean where a pixel is wider than it, and never flickers.
"""

from __future__ import annotations

GLOW = """
// How bright the air is about the sun, of the cosine between both.
float glow(float near)
{
  float square = max(near, 0.0) * max(near, 0.0), fourth = square * square, eighth = fourth * fourth;
  return 0.5 * eighth * eighth * eighth + 0.12 * fourth;
}
"""

VERTEX_DECLARED = """
//VTK::PositionVC::Dec
uniform mat4 MCVCMatrix;
out vec3 placeMC;
out vec3 placeVC;
"""

# A lift brings a thing nearer to the eye by that share of its distance, in depth alone. Layers in one plane
# then never fight, near or far, and the depth test stays early, which polygon offset in VTK does not allow.
VERTEX = """
//VTK::PositionVC::Impl
  placeMC = vertexMC.xyz;
  placeVC = (MCVCMatrix * vertexMC).xyz;
"""
VERTEX_LIFT = """
  vec4 depthRow = vec4(MCDCMatrix[0][2], MCDCMatrix[1][2], MCDCMatrix[2][2], MCDCMatrix[3][2]);
  vec4 awayRow = vec4(MCDCMatrix[0][3], MCDCMatrix[1][3], MCDCMatrix[2][3], MCDCMatrix[3][3]);
  float away = dot(awayRow.xyz, awayRow.xyz);
  float layers = flatlayers > 0.0 ? clamp(vertexMC.z - ground, 0.0, 1.0) : 1.0;
  float nearby = away > 0.0 ? depthRow.w - dot(depthRow.xyz, awayRow.xyz) / away * awayRow.w : -1.0;
  gl_Position.z += lift * layers * nearby;
"""
VERTEX_LINE = VERTEX + VERTEX_LIFT.replace("flatlayers > 0.0 ? clamp(vertexMC.z - ground, 0.0, 1.0) : 1.0", "1.0")

# On hilly land every point tells how high the ground is beneath it; elsewhere that is nothing.
HILLY_VERTEX_DECLARED = "in float ground;\nout float groundVS;\n"
HILLY_VERTEX = "  groundVS = ground;\n"
HILLY_DECLARED = "in float groundVS;\n"
FLAT_VERTEX_DECLARED = "const float ground = 0.0;\n"
FLAT_DECLARED = "const float groundVS = 0.0;\n"

# Alpha's eighth bit tells what is shown from what a filter makes a ghost. All corners of a triangle are of one
# feature, so those that this actor does not draw are folded into nothing, and no pixel is ever asked.
VERTEX_SIDED = """
  if (drawn >= 0.0 && drawn != step(0.5, scalarColor.a)) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
"""

FRAGMENT_DECLARED = (
    """
//VTK::PositionVC::Dec
uniform mat4 MCVCMatrix;
in vec3 placeMC;
in vec3 placeVC;
"""
    + GLOW
)
# What only walls and roofs of buildings have: bays, storeys, what they are made of, and their own number by chance.
WALL_VERTEX_DECLARED = """
in vec4 facade;
out vec2 facadeVS;
flat out vec2 kindVS;
"""
WALL_VERTEX = """
  facadeVS = facade.xy;
  kindVS = facade.zw;
"""
WALL_DECLARED = """
in vec2 facadeVS;
flat in vec2 kindVS;

// A number from 0 to 1 that belongs to a cell of a building, the same on every machine.
float chance(vec2 cell, float whose)
{
  uvec2 at = uvec2(ivec2(floor(cell)) + 4096);
  uint state = at.x * 1597334677u ^ at.y * 3812015801u ^ uint(whose * 65535.0 + 0.5) * 2654435769u;
  state = (state ^ (state >> 15)) * 2246822519u;
  state = (state ^ (state >> 13)) * 3266489917u;
  return float((state ^ (state >> 16)) & 65535u) / 65535.0;
}

// The share of a pixel about x, as wide as `wide`, that lies between `from` and `to` of every whole number.
float band(float x, float from, float to, float wide)
{
  wide = max(wide, 1e-4);
  vec2 ends = vec2(x - 0.5 * wide, x + 0.5 * wide);
  vec2 filled = floor(ends) * (to - from) + clamp(fract(ends) - from, 0.0, to - from);
  return clamp((filled.y - filled.x) / wide, 0.0, 1.0);
}
"""

_OWN = """
//VTK::Light::Impl
  vec4 own = vertexColorVSOutput;
  if (baked > 0.5) own.a = clamp(own.a < 0.5 ? own.a * 255.0 / 127.0 : (own.a * 255.0 - 128.0) / 127.0, 0.0, 1.0);
  float present = 1.0;
"""

_FADING = """
  float pixel = sqrt(length(dFdx(placeMC.xy)) * length(dFdy(placeMC.xy)));
  present = clamp((own.a * 5.08 / max(pixel, 1e-6) - 0.3) / 0.7, 0.0, 1.0);
  own.a = 1.0;
"""

_FACING = """
  vec3 facing = normalize(cross(dFdx(placeVC), dFdy(placeVC)));
  facing = facing * mat3(MCVCMatrix);
  float lean = dot(facing, sun);
  vec2 beside = placeMC.xy + facing.xy * reliefcell * (abs(facing.z) < 0.5 ? 1.9 : 1.0);
  vec2 at = (beside - reliefbox.xy) * reliefbox.zw;
  vec4 near = texture(reliefmap, at);
"""

# Water may lie below the ground that was measured; it is as light as that.
_SOFT_SHADOW = """
  vec2 aside = reliefbox.zw * reliefcell * 0.7;
  vec4 shades = vec4(
    texture(reliefmap, at + aside * vec2(0.4, 1.0)).r, texture(reliefmap, at + aside * vec2(-1.0, 0.4)).r,
    texture(reliefmap, at + aside * vec2(-0.4, -1.0)).r, texture(reliefmap, at + aside * vec2(1.0, -0.4)).r);
  float clear = dot(smoothstep(vec4(-0.35), vec4(0.45), vec4(max(placeMC.z, groundVS) + 0.35) - shades), vec4(0.25));
"""

_LIGHT = """
  float upwards = max(placeMC.z - groundVS, 0.0);
  vec2 inwards = min(at, 1.0 - at) / (reliefbox.zw * reliefcell);
  float known = clamp(min(inwards.x, inwards.y) * 0.04, 0.0, 1.0);
  float lit = mix(1.0, clear, known) * min(max(lean, 0.0) * sunscale, 1.14);
  float crowd = max(near.g - upwards, 0.0) * 0.09 + max(near.b - upwards, 0.0) * 0.055;
  crowd *= 0.45 + 0.55 * abs(facing.z);  // half of what crowds a wall is the house behind it
  float open = 1.0 - crowding * eased(crowd * known * 2.0);
  vec3 light = mix(bouncelight, filllight, facing.z * 0.5 + 0.5) * open + keylight * lit;
  vec3 seen = own.rgb * light * mix(1.0, own.a, baked);
"""

# Materials are told by grain: brick 1, stone 2, concrete 3, metal 4, wood 5, glass 6, tiles 7, metal roof 8.
_WALLS = """
  float flatness = length(facing.xy);
  vec2 right = vec2(-facing.y, facing.x) / max(flatness, 1e-3);
  vec2 metres = vec2(dot(placeMC.xy, right), placeMC.z / max(flatness, 0.08));
  vec2 wide = fwidth(metres);
  float whose = kindVS.y;
  int grain = int(kindVS.x + 0.5);
  float joints = 0.0;
  if (grain == 1)
  {
    float row = floor(metres.y / 0.16);
    joints = 0.20 * max(band(metres.y / 0.16, 0.0, 0.17, wide.y / 0.16),
      band(metres.x / 0.5 + 0.5 * mod(row, 2.0), 0.0, 0.07, wide.x / 0.5) * clamp(1.5 - wide.y / 0.08, 0.0, 1.0));
  }
  else if (grain == 2)
  {
    float row = floor(metres.y / 0.7);
    joints = 0.15 * max(band(metres.y / 0.7, 0.0, 0.06, wide.y / 0.7),
      band(metres.x / 1.3 + 0.5 * mod(row, 2.0), 0.0, 0.035, wide.x / 1.3) * clamp(1.5 - wide.y / 0.35, 0.0, 1.0));
  }
  else if (grain == 4) joints = 0.16 * band(metres.x / 0.45, 0.0, 0.3, wide.x / 0.45);
  else if (grain == 5) joints = 0.22 * band(metres.y / 0.2, 0.0, 0.16, wide.y / 0.2);
  else if (grain == 7 && flatness > 0.12)
    joints = 0.26 * band(metres.y / 0.36, 0.0, 0.3, wide.y / 0.36)
      + 0.14 * band(metres.x / 0.3, 0.0, 0.3, wide.x / 0.3);
  else if (grain == 8 && flatness > 0.05) joints = 0.20 * band(metres.x / 0.6, 0.0, 0.12, wide.x / 0.6);
  seen *= 1.0 - grains * joints;
  if (facadeVS.y >= 0.0 && abs(facing.z) < 0.3)
  {
    float u = facadeVS.x, v = facadeVS.y;
    vec2 bay = fwidth(facadeVS.xy);
    float floors = band(v + 0.02, 0.0, 0.04, bay.y) * step(0.4, v);
    if (grain == 3) floors = max(floors, 0.7 * grains * band(u + 0.01, 0.0, 0.02, bay.x));
    seen *= 1.0 - floorline * floors;
    if (u >= 0.0)
    {
      bool curtain = grain == 6;
      float own_way = fract(whose * 7.31);
      float side = curtain ? 0.03 : own_way > 0.86 ? 0.07 : mix(0.25, 0.34, fract(whose * 3.7));
      float low = curtain ? 0.05 : own_way > 0.6 ? 0.32 : 0.22;
      float high = curtain ? 0.97 : 0.80;
      float across = band(u, side, 1.0 - side, bay.x);
      float pane = across * band(v, low, high, bay.y);
      vec2 cell = floor(vec2(u, v));
      float sharp = clamp(1.6 - 1.6 * max(bay.x, bay.y), 0.0, 1.0);
      float told = mix(0.5, chance(cell, whose), sharp);
      vec3 sky = mix(horizon, paneglass, clamp(0.35 + 0.5 * told + (curtain ? -0.25 : 0.0), 0.0, 1.0));
      vec3 glass = sky * mix(0.62, 1.0, clamp(dot(light, vec3(0.4)), 0.0, 1.0));
      glass *= 1.0 - 0.45 * band(v, high - 0.07, high, bay.y) * sharp * (curtain ? 0.0 : 1.0);
      seen = mix(seen, glass, pane * panes);
      float on = step(told, litwindows);
      float warmth = 0.50 + 0.50 * chance(cell + 37.0, whose);
      vec3 lamp = mix(windowlight, windowlight.bgr * 0.8 + 0.1 * windowlight, step(0.88, chance(cell + 91.0, whose)));
      seen += lamp * pane * mix(litwindows * 0.75, on * warmth, sharp);
    }
  }
"""

_FAR = """
  seen += lamplight * near.a * (1.0 - eased(max(upwards, 0.0) * 0.16)) * (0.35 + own.rgb * 2.2);
  float below = dot(placeVC, MCVCMatrix[2].xyz);
  float far = length(placeVC - MCVCMatrix[2].xyz * below) / max(fogdistance, 3.0 * (placeMC.z - below));
  vec3 haze = horizon + halo * glow(dot(normalize(placeVC) * mat3(MCVCMatrix), sundisc));
  seen = mix(seen, haze, eased(far * far * 1.8) * fogged);
  fragOutput0 = vec4(seen, mix(1.0, own.a, 1.0 - baked) * thin * present);
  if (cutting > 0.5 && !gl_FrontFacing) fragOutput0 = vec4(laidopen, 1.0);
"""


# What comes by and by, from 0 towards 1.
_EASED = "\n#define eased(x) (1.0 - exp(-(x)))\n"


def fragment(*, walled: bool, fading: bool) -> str:
    """Return the program of a pixel, with all there is.

    Parameters
    ----------
    walled
        Whether it is of a building, with bays and storeys.
    fading
        Whether alpha is the width of something narrow, which fades where a pixel is wider.
    """
    own = _OWN + (_FADING if fading else "") + _FACING
    return own + _EASED + _SOFT_SHADOW + _LIGHT + (_WALLS if walled else "") + _FAR


LINE_FRAGMENT = """
//VTK::Light::Impl
  float far = length(placeVC) / fogdistance;
  fragOutput0 = vec4(line, opaque * exp(-far * far * 9.0));
"""

GLOW_FRAGMENT = """
//VTK::Light::Impl
  fragOutput0 = vec4(line, opaque);
"""

PICTURE = """
  vec4 picture_here = texture(picture, (placeMC.xy - picturebox.xy) * picturebox.zw);
  fragOutput0 = vec4(fragOutput0.rgb * picture_here.rgb, fragOutput0.a * picture_here.a);
"""

# Vertices of the sky are directions: points infinitely far away, which no journey brings nearer.
SKY_VERTEX = """
//VTK::PositionVC::Impl
  direction = vertexMC.xyz;
  gl_Position = MCDCMatrix * vec4(vertexMC.xyz, 0.0);
  gl_Position.z = gl_Position.w * 0.999999;
"""

SKY_FRAGMENT_DECLARED = "//VTK::PositionVC::Dec\nin vec3 direction;\n" + GLOW

SKY_FRAGMENT = """
//VTK::Light::Impl
  vec3 towards = normalize(direction);
  float up = max(towards.z, 0.0);
  vec3 air = mix(horizon, zenith, 1.0 - exp(-up * 9.0));
  fragOutput0 = vec4(air + halo * glow(dot(towards, sundisc)) * (1.0 - up), 1.0);
"""

DATA_DECLARED = """
//VTK::PositionVC::Dec
uniform mat4 MCVCMatrix;
in vec3 placeMC;
in vec3 placeVC;
"""

# Data keep the colours of their legend in any light. Sides of what stands are a little darker than its top; what is
# estimated is dashed, with half its colour, and what is not known is hatched, in pixels, so that it is seen from afar;
# it does not shine at night.
DATA_FRAGMENT = """
//VTK::Light::Impl
  vec4 own = vertexColorVSOutput;
  vec3 facing = normalize(cross(dFdx(placeVC), dFdy(placeVC))) * mat3(MCVCMatrix);
  float shade = 0.80 + 0.20 * abs(facing.z) + 0.06 * facing.x * (1.0 - abs(facing.z));
  vec3 seen = own.rgb * min(shade, 1.0);
  if (own.a < 0.1) discard;
  if (own.a < 0.45)
  {
    float hatch = fract((gl_FragCoord.x + gl_FragCoord.y) / (7.0 * pixelscale));
    vec3 stripe = mix(vec3(0.93, 0.92, 0.90), 0.45 * vec3(0.93, 0.92, 0.90), dark);
    float striped = smoothstep(0.42, 0.52, hatch) * (1.0 - smoothstep(0.9, 1.0, hatch));
    seen = mix(mix(seen, 0.28 * seen, dark), stripe, striped);
  }
  else if (own.a < 0.8)
  {
    if (fract(dot(placeMC.xy, vec2(0.093, 0.071))) > 0.62) discard;
    float grey = dot(seen, vec3(0.3, 0.59, 0.11));
    seen = mix(vec3(grey), seen, 0.5);
  }
  fragOutput0 = vec4(seen, 1.0);
"""

VEIL_FRAGMENT = """
//VTK::Light::Impl
  fragOutput0 = vec4(vertexColorVSOutput.rgb, vertexColorVSOutput.a);
"""

DOT_FRAGMENT = """
//VTK::Light::Impl
  float out_of_middle = 2.0 * length(gl_PointCoord - 0.5);
  if (out_of_middle > 1.0) discard;
  vec3 rim = vec3(step(dot(vertexColorVSOutput.rgb, vec3(0.333)), 0.5));
  fragOutput0 = vec4(mix(vertexColorVSOutput.rgb, rim, smoothstep(0.62, 0.78, out_of_middle)), 1.0);
"""
