"""How light falls on a city: one small shader that every thing wears.

The renderer's own lights know nothing of what stands in their way. Here every pixel reads one texture, the
city's relief, and learns from it whether something shades it from the sun, how crowded its surroundings are,
and how near a lamp is. A shadow map, ambient occlusion and light sources would be three passes; this is one
look-up, cheap enough for a computer without a graphics card.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from twin.light import hurry, shaders

_AT_POINTS = {"sundisc": "discplace", "fogdistance": "fogreach"}

_MAY_BE_NOTHING = frozenset({"litwindows", "lamplight", "cutting"})
"""Values that are nothing most of the time: a program in a hurry has nothing about those that are."""


class Worn:
    """The shader on one actor, and its values."""

    def __init__(
        self,
        actor: Any,
        *,
        lift: float = 0.0,
        layers: bool = False,
        baked: bool = True,
        fogged: bool = True,
        walled: bool = False,
        fading: bool = False,
        hilly: bool = False,
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
        walled : bool
            Whether points have four more numbers named `facade`: bays, storeys, grain, and a chance.
        fading : bool
            Whether the light in alpha is a width instead, in steps of 2 cm.
        hilly : bool
            Whether points have one more number named `ground`: how high the ground is beneath them.
        """
        self._shader = shader = actor.GetShaderProperty()
        self._walled, self.fading, self._baked, self._lying = walled, fading, baked, layers and not hilly
        self._lifted, self._hilly = lift != 0, hilly
        self._picture, self._quick = "", False
        self._given: dict[str, float | tuple[float, ...]] = {}
        self._at_work: set[str] = set()  # of `_MAY_BE_NOTHING`, what is not nothing
        if walled:
            actor.GetMapper().MapDataArrayToVertexAttribute("facade", "facade", 0, -1)
        if hilly:
            actor.GetMapper().MapDataArrayToVertexAttribute("ground", "ground", 0, -1)
        self._write()
        drawn = 1.0 if baked else -1.0
        self._points = shader.GetVertexCustomUniforms()
        set_values(self._points, {"lift": lift, "flatlayers": float(layers), "drawn": drawn})
        self._values = shader.GetFragmentCustomUniforms()
        self.set(baked=float(baked), fogged=float(fogged), thin=1.0, cutting=0.0, laidopen=(0.0, 0.0, 0.0))
        self.set(sundisc=(0.0, 0.0, 1.0), fogdistance=1e4)

    def set(self, **values: float | tuple[float, ...]) -> None:
        """Give the shader values: numbers, triples or quadruples, by name; those that are as before cost nothing."""
        values = {name: value for name, value in values.items() if self._given.get(name) != value}
        self._given |= values
        set_values(self._values, values)
        told = _MAY_BE_NOTHING & values.keys()
        at_work = self._at_work - told | {name for name in told if np.any(values[name])}
        if at_work != self._at_work:
            self._at_work = at_work
            if self._quick:
                self._write()
        # of these the program in a hurry asks at its points
        set_values(self._points, {_AT_POINTS[name]: values[name] for name in _AT_POINTS.keys() & values.keys()})

    def draw(self, *, ghosts: bool) -> None:
        """Draw the ghosts alone, or all but them."""
        self._points.SetUniformf("drawn", 0.0 if ghosts else 1.0)

    def hurry(self, quick: bool) -> None:
        """Draw in a hurry, without facades and soft edges of shadows, or with all there is.

        These are two programs and not one that decides: a processor that draws works through both branches.
        """
        if quick != self._quick:
            self._quick = quick
            self._write()

    def lay(self, box: tuple[float, float, float, float]) -> None:
        """Lay the actor's texture named `picture` on it: its corner's x and y, one over its width and height."""
        self._picture = shaders.PICTURE
        self._write()
        self.set(picturebox=box)

    def _write(self) -> None:
        """Put the programs together and hand them to VTK."""
        quick = self._quick
        # By day a wall in a hurry needs nothing of its windows.
        walled = self._walled and (not quick or "litwindows" in self._at_work)
        declared = hurry.VERTEX_DECLARED if quick else shaders.VERTEX_DECLARED
        done = hurry.VERTEX if quick else shaders.VERTEX
        if self._lifted:  # a processor that draws goes through every point: what needs no lift does not pay for one
            done += shaders.VERTEX_LIFT
        done += shaders.VERTEX_SIDED
        if walled:
            declared, done = declared + shaders.WALL_VERTEX_DECLARED, done + shaders.WALL_VERTEX
        declared += shaders.HILLY_VERTEX_DECLARED if self._hilly else shaders.FLAT_VERTEX_DECLARED
        if self._hilly:
            done += shaders.HILLY_VERTEX
        self._shader.AddVertexShaderReplacement("//VTK::PositionVC::Dec", True, declared, False)
        self._shader.AddVertexShaderReplacement("//VTK::PositionVC::Impl", True, done, False)
        declared = hurry.FRAGMENT_DECLARED if quick else shaders.FRAGMENT_DECLARED
        declared += shaders.HILLY_DECLARED if self._hilly else shaders.FLAT_DECLARED
        declared += shaders.WALL_DECLARED if walled else ""
        self._shader.AddFragmentShaderReplacement("//VTK::PositionVC::Dec", True, declared, False)
        program = (
            hurry.fragment(
                walled=self._walled,
                windows=walled,
                fading=self.fading,
                baked=self._baked,
                lying=self._lying,
                lamps="lamplight" in self._at_work,
                cutting="cutting" in self._at_work,
            )
            if quick
            else shaders.fragment(walled=walled, fading=self.fading)
        )
        self._shader.AddFragmentShaderReplacement("//VTK::Light::Impl", True, program + self._picture, False)


class Ink:
    """The shader on lines: one colour that thins out with distance, where lines would crowd into grey.

    The actor's points have the alpha of what the lines belong to: ghosts have none.
    """

    def __init__(self, actor: Any, *, lift: float) -> None:
        shader = actor.GetShaderProperty()
        shader.AddVertexShaderReplacement("//VTK::PositionVC::Dec", True, shaders.VERTEX_DECLARED, False)
        shader.AddVertexShaderReplacement(
            "//VTK::PositionVC::Impl", True, shaders.VERTEX_LINE + shaders.VERTEX_SIDED, False
        )
        shader.GetVertexCustomUniforms().SetUniformf("drawn", 1.0)
        shader.AddFragmentShaderReplacement(
            "//VTK::PositionVC::Dec", True, "//VTK::PositionVC::Dec\nin vec3 placeVC;\n", False
        )
        shader.AddFragmentShaderReplacement("//VTK::Light::Impl", True, shaders.LINE_FRAGMENT, False)
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
        shader.AddVertexShaderReplacement("//VTK::PositionVC::Dec", True, shaders.VERTEX_DECLARED, False)
        shader.AddVertexShaderReplacement("//VTK::PositionVC::Impl", True, shaders.VERTEX_LINE, False)
        shader.AddFragmentShaderReplacement("//VTK::Light::Impl", True, shaders.GLOW_FRAGMENT, False)
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
        shader.AddVertexShaderReplacement("//VTK::PositionVC::Impl", True, shaders.SKY_VERTEX, False)
        shader.AddFragmentShaderReplacement("//VTK::PositionVC::Dec", True, shaders.SKY_FRAGMENT_DECLARED, False)
        shader.AddFragmentShaderReplacement("//VTK::Light::Impl", True, shaders.SKY_FRAGMENT, False)
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
