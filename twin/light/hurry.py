"""The programs of a hurry: GLSL for while the camera moves where a processor draws.

There a pixel costs what its program costs. So this one reads one cell of the relief and no mean of four, has a
fraction for every exponential, leaves the glow in the haze to the points, and knows without asking that what lies
faces up. What is nothing most of the time, lamps by day or a plane that cuts, is in a program only while it is not.
"""

from __future__ import annotations

from twin.light.shaders import GLOW

# Where the eye is, how far it sees through haze, and how much the air glows towards the point.
VERTEX_DECLARED = (
    """
//VTK::PositionVC::Dec
uniform mat4 MCVCMatrix;
out vec3 placeMC;
flat out vec3 eyeVS;
out float glowVS;
"""
    + GLOW
)
VERTEX = """
//VTK::PositionVC::Impl
  placeMC = vertexMC.xyz;
  eyeVS = -(MCVCMatrix[3].xyz * mat3(MCVCMatrix));
  vec3 awayMC = placeMC - eyeVS;
  glowVS = glow(dot(awayMC, discplace) * inversesqrt(max(dot(awayMC, awayMC), 1e-6)));
  eyeVS.z = max(fogreach, 3.0 * eyeVS.z);
"""

FRAGMENT_DECLARED = """
//VTK::PositionVC::Dec
in vec3 placeMC;
flat in vec3 eyeVS;
in float glowVS;
"""

_OWN = """
//VTK::Light::Impl
  vec4 own = vertexColorVSOutput;
  float present = 1.0;
"""
_BAKED = """
  own.a *= 2.00787;
  own.a -= own.a < 1.0 ? 0.0 : 1.00787;
"""
_FADING = """
  vec2 step_m = dFdx(placeMC.xy);
  present = clamp(own.a * 7.3 * inversesqrt(max(dot(step_m, step_m), 1e-12)) - 0.43, 0.0, 1.0);
  own.a = 1.0;
"""
_STANDING = """
  vec3 facing = cross(dFdx(placeMC), dFdy(placeMC));
  facing *= inversesqrt(max(dot(facing, facing), 1e-20));
  float lean = max(dot(facing, sun), 0.0);
  vec2 beside = placeMC.xy + facing.xy * reliefcell * (abs(facing.z) < 0.5 ? 1.9 : 1.0);
"""
_LYING = """
  const vec3 facing = vec3(0.0, 0.0, 1.0);
  float lean = max(sun.z, 0.0);
  vec2 beside = placeMC.xy;
"""
_LIGHT = """
  vec2 cell = clamp((beside - reliefbox.xy) * reliefrate, vec2(0.0), relieflast);
  vec4 near = texelFetch(reliefmap, ivec2(cell), 0);
  float upwards = max(placeMC.z - groundVS, 0.0);
  float lit = clamp((max(placeMC.z, groundVS) - near.r) * 1.25 + 0.9, 0.0, 1.0) * min(lean * sunscale, 1.14);
  float crowd = max(near.g - upwards, 0.0) * 0.11 + max(near.b - upwards, 0.0) * 0.066;
  float open = 1.0 - crowding * min(crowd * (0.45 + 0.55 * abs(facing.z)), 0.7);
  vec3 light = mix(bouncelight, filllight, facing.z * 0.5 + 0.5) * open + keylight * lit;
  vec3 seen = own.rgb * light * BAKED;
"""

# Windows darken their wall, and at night each is a point of light. Only those have to know where they are: by day
# no point hands its bays and storeys to a pixel, which is half of what a wall in a hurry would cost.
_WALLS = """
  seen *= 1.0 - 0.108 * panes * step(abs(facing.z), 0.3);
"""
_WINDOWS = """
  if (facadeVS.y >= 0.0)
  {
    vec2 pane = abs(fract(facadeVS.xy) - 0.5);
    float on = step(chance(facadeVS.xy, kindVS.y), litwindows) * step(pane.x, 0.21) * step(pane.y, 0.28);
    seen += windowlight * on * step(0.0, facadeVS.x) * 0.75;
  }
"""

_LAMPS = """
  seen += lamplight * near.a / (0.9 + max(upwards, 0.0) * 0.14) * (0.35 + own.rgb * 2.2);
"""
_FAR = """
  vec2 away = placeMC.xy - eyeVS.xy;
  float far = 1.8 * dot(away, away) / (eyeVS.z * eyeVS.z);
  seen = mix(seen, horizon + halo * glowVS, far / (far + 0.9) * fogged);
  fragOutput0 = vec4(seen, ALPHA * thin * present);
"""
_CUT = """
  if (cutting > 0.5 && !gl_FrontFacing) fragOutput0 = vec4(laidopen, 1.0);
"""


def fragment(*, walled: bool, windows: bool, fading: bool, baked: bool, lying: bool, lamps: bool, cutting: bool) -> str:
    """Return the program of a pixel in a hurry; `VERTEX` belongs to it.

    Parameters
    ----------
    walled, fading
        As for `fragment`, but that only `windows` need bays and storeys.
    windows
        Whether windows may be lit.
    baked
        Whether alpha is light taken away, and not transparency.
    lying
        Whether it faces straight up, whatever its triangle says.
    lamps
        Whether street lamps shine.
    cutting
        Whether a plane lays bare what is inside.
    """
    own = _OWN + (_BAKED if baked else "") + (_FADING if fading else "")
    light = (_LYING if lying else _STANDING) + _LIGHT.replace("BAKED", "own.a" if baked else "1.0")
    walls = (_WALLS if walled else "") + (_WINDOWS if windows else "")
    far = (_LAMPS if lamps else "") + _FAR.replace("ALPHA", "1.0" if baked else "own.a")
    return own + light + walls + far + (_CUT if cutting else "")
