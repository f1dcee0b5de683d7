"""Runs inside Blender 3.4: builds the scene of one JSON file and renders it twice.

`blender -b --factory-startup -t 1 -P blender_scene.py -- scene.json`

First the photograph, as three linear pictures without tone curve: `albedo` (what
surfaces reflect), `light` (what falls on them) and `gloss` (what they mirror). Light is
smooth, so a few samples and a denoiser give a clean picture with crisp ink. Then, with
the same camera and one ray through the middle of each pixel of a picture twice as
large, `index`: red the number of the object, green and blue the place on its texture.
Only Blender's own modules and the standard library; lengths in the JSON are mm.
"""

# mypy: ignore-errors

import json
import math
import sys
from pathlib import Path

import bpy
from mathutils import Matrix, Vector
from mathutils.geometry import delaunay_2d_cdt

MM = 0.001


def mesh_object(name, vertices, faces, uvs=None, number=0):
    """A smooth mesh from board millimetres; `uvs` is one pair a vertex."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata([[c * MM for c in v] for v in vertices], [], faces)
    mesh.update()
    for polygon in mesh.polygons:
        polygon.use_smooth = True
    if uvs is not None:
        layer = mesh.uv_layers.new(name="UVMap")
        for loop in mesh.loops:
            layer.data[loop.index].uv = uvs[loop.vertex_index]
    thing = bpy.data.objects.new(name, mesh)
    thing.pass_index = number
    bpy.context.collection.objects.link(thing)
    return thing


def material(name, picture=None, colour=None, roughness=0.9, specular=0.2, bump=0.0, metallic=0.0):
    """A Principled material with a picture or a plain colour, and bumps from the picture."""
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    nodes, links = made.node_tree.nodes, made.node_tree.links
    shader = nodes["Principled BSDF"]
    shader.inputs["Roughness"].default_value = roughness
    shader.inputs["Specular"].default_value = specular
    shader.inputs["Metallic"].default_value = metallic
    if colour is not None:
        shader.inputs["Base Color"].default_value = (*colour, 1.0)
    if picture is not None:
        image = nodes.new("ShaderNodeTexImage")
        image.image = bpy.data.images.load(picture, check_existing=True)
        links.new(image.outputs["Color"], shader.inputs["Base Color"])
        if bump:
            node = nodes.new("ShaderNodeBump")
            node.inputs["Strength"].default_value = bump
            node.inputs["Distance"].default_value = 0.002
            links.new(image.outputs["Color"], node.inputs["Height"])
            links.new(node.outputs["Normal"], shader.inputs["Normal"])
    return made


def quad(name, x, y, z, width, height, angle=0.0, tile=1.0, number=0):
    """A flat rectangle facing the camera, its texture upright."""
    a = math.radians(angle)
    corners, uvs = [], []
    for u, v in ((0, 0), (1, 0), (1, 1), (0, 1)):
        dx, dy = (u - 0.5) * width, (v - 0.5) * height
        turned = (dx * math.cos(a) - dy * math.sin(a), dx * math.sin(a) + dy * math.cos(a))
        corners.append((x + turned[0], y + turned[1], z))
        uvs.append((u * tile, v * tile * height / width if tile != 1.0 else v))
    return mesh_object(name, corners, [(0, 1, 2, 3)], uvs, number)


def box(name, x, y, z, size, look):
    """A cuboid with slightly broken edges, centred at x, y, z."""
    bpy.ops.mesh.primitive_cube_add(size=1, location=(x * MM, y * MM, z * MM))
    thing = bpy.context.object
    thing.name = name
    thing.scale = [s * MM for s in size]
    bevel = thing.modifiers.new("edge", "BEVEL")
    bevel.width = min(size) * MM * 0.2
    bevel.segments = 2
    thing.data.materials.append(look)
    return thing


def paper_sheet(sheet):
    """A bent note: triangles from its flat points, places from the bent ones."""
    rim = sheet["rim"]
    edges = [(i, (i + 1) % rim) for i in range(rim)]
    flat = [Vector(p) for p in sheet["flat"]]
    found = delaunay_2d_cdt(flat, edges, [], 1, 1e-6)
    origin = [o[0] if o else -1 for o in found[3]]
    faces = [[origin[i] for i in face] for face in found[2]]
    faces = [f for f in faces if min(f) >= 0 and len(set(f)) == 3]
    thing = mesh_object("note", sheet["space"], faces, sheet["uv"], sheet["number"])
    thing.data.materials.append(
        material("paper", picture=sheet["texture"], roughness=sheet["roughness"], specular=0.25)
    )
    solid = thing.modifiers.new("thickness", "SOLIDIFY")
    solid.thickness = 0.18 * MM
    solid.offset = -1
    return thing


def heading_card(card):
    """The printed card: two millimetres of board with the print in front."""
    plain = material("card edge", colour=(0.75, 0.74, 0.7))
    thing = box("card", 0, 0, 0, (card["width"], card["height"], 1.6), plain)
    thing.location = (card["x"] * MM, card["y"] * MM, 1.4 * MM)
    thing.rotation_euler = (0, 0, math.radians(card["angle"]))
    face = quad(
        "heading",
        card["x"],
        card["y"],
        2.25,
        card["width"],
        card["height"],
        card["angle"],
        number=1,
    )
    face.data.materials.append(
        material("print", picture=card["texture"], roughness=0.55, specular=0.35)
    )


def board_and_wall(scene):
    """The wall, the board on it and the board's frame."""
    wall = quad("wall", 0, 0, -24, 6000, 4500, tile=8.0)
    wall.data.materials.append(
        material("wall paint", picture=scene["wall"], roughness=0.7, specular=0.25, bump=0.35)
    )
    surface, w, h = scene["surface"], scene["width"], scene["height"]
    if surface == "wall":
        wall.location.z = 24 * MM
        return
    look = {
        "whiteboard": {"roughness": scene["gloss"], "specular": 0.5},
        "cork": {"roughness": 0.95, "specular": 0.1, "bump": 0.8},
        "brown paper": {"roughness": 0.75, "specular": 0.3, "bump": 0.08},
        "flip chart": {"roughness": 0.85, "specular": 0.2},
    }[surface]
    if surface in ("whiteboard", "cork"):
        face = quad("board", 0, 0, 0, w, h)
        metal = material("frame", colour=(0.5, 0.51, 0.52), roughness=0.4, specular=0.6)
        wood = material("wood", colour=(0.42, 0.25, 0.12), roughness=0.5)
        frame, bar = (metal, 22) if surface == "whiteboard" else (wood, 36)
        for x, y, size in (
            (0, h / 2 + bar / 2, (w + 2 * bar, bar, 34)),
            (0, -h / 2 - bar / 2, (w + 2 * bar, bar, 34)),
            (w / 2 + bar / 2, 0, (bar, h, 34)),
            (-w / 2 - bar / 2, 0, (bar, h, 34)),
        ):
            box("frame", x, y, -7, size, frame)
        if surface == "whiteboard":
            box("tray", 0, -h / 2 - 26, 32, (w * 0.55, 6, 70), metal)
            for i, colour in enumerate(((0.02, 0.02, 0.02), (0.5, 0.02, 0.02), (0.02, 0.05, 0.4))):
                box(
                    "pen",
                    -w * 0.1 + i * 170,
                    -h / 2 - 14,
                    38 + 9 * i,
                    (128, 15, 15),
                    material("pen", colour=colour, roughness=0.35, specular=0.5),
                )
    else:
        face = sheet_of_paper(scene, w, h)
    face.data.materials.append(material("board", picture=scene["board_picture"], **look))


def sheet_of_paper(scene, w, h):
    """A large sheet taped to the wall: flat where notes hang, wavy towards its rim."""
    phase = scene["seed"] % 100 * 0.7
    columns, rows = 48, 36
    vertices, uvs = [], []
    for j in range(rows + 1):
        for i in range(columns + 1):
            u, v = i / columns, j / rows
            away = max(abs(u - 0.5), abs(v - 0.5)) * 2
            rise = 7.0 * max(0.0, (away - 0.86) / 0.14) ** 2
            rise *= 0.5 + 0.5 * math.sin(phase + 9 * u + 7 * v)
            vertices.append(((u - 0.5) * w, (v - 0.5) * h, rise - 0.5))
            uvs.append((u, v))
    step = columns + 1
    faces = [
        (j * step + i, j * step + i + 1, (j + 1) * step + i + 1, (j + 1) * step + i)
        for j in range(rows)
        for i in range(columns)
    ]
    face = mesh_object("board", vertices, faces, uvs)
    face.location.z = 0
    tape = material("tape", colour=(0.72, 0.66, 0.48), roughness=0.45)
    for x, y, angle in ((-1, 1, 45), (1, 1, -45), (-1, -1, -45), (1, -1, 45)):
        piece = quad("tape", x * (w / 2 - 8), y * (h / 2 - 8), 8, 82, 26, angle)
        piece.data.materials.append(tape)
    wall = bpy.data.objects["wall"]
    wall.location.z = 20 * MM
    return face


def small_things(things):
    """Magnets and pins."""
    for thing in things:
        x, y, z = (thing[k] * MM for k in "xyz")
        look = material("small", colour=thing["colour"], roughness=0.3, specular=0.5)
        if thing["kind"] == "magnet":
            bpy.ops.mesh.primitive_cylinder_add(
                radius=11 * MM, depth=7 * MM, location=(x, y, z + 3.5 * MM), vertices=40
            )
            bpy.context.object.modifiers.new("edge", "BEVEL").width = 1.5 * MM
        else:
            bpy.ops.mesh.primitive_uv_sphere_add(
                radius=4.2 * MM, location=(x, y, z + 5 * MM), segments=24, ring_count=16
            )
        bpy.context.object.data.materials.append(look)
        for polygon in bpy.context.object.data.polygons:
            polygon.use_smooth = True


def kelvin(t):
    """Rough linear colour of a black body, brightest channel one."""
    t = t / 100
    r = 1.0 if t <= 66 else 1.29 * (t - 60) ** -0.133
    g = 0.39 * math.log(t) - 0.63 if t <= 66 else 1.13 * (t - 60) ** -0.0755
    b = 1.0 if t >= 66 else 0.543 * math.log(max(t - 10, 1.1)) - 1.196
    return [max(0.0, min(1.0, c)) ** 2.2 for c in (r, g, b)]


def lamps_and_room(scene):
    """Area lamps, a far wall and a ceiling that glossy boards can mirror."""
    world = bpy.data.worlds.new("room")
    bpy.context.scene.world = world
    world.use_nodes = True
    world.node_tree.nodes["Background"].inputs[0].default_value = (0.9, 0.95, 1.0, 1)
    world.node_tree.nodes["Background"].inputs[1].default_value = scene["ambient"]
    for lamp in scene["lamps"]:
        data = bpy.data.lights.new("lamp", "AREA")
        data.shape = "RECTANGLE"
        data.size, data.size_y = lamp["width"] * MM, lamp["height"] * MM
        data.energy = lamp["power"]
        data.color = kelvin(lamp["kelvin"])
        thing = bpy.data.objects.new("lamp", data)
        place = Vector([lamp[k] * MM for k in "xyz"])
        thing.location = place
        way = Vector([c * MM for c in lamp["to"]]) - place
        thing.rotation_euler = way.to_track_quat("-Z", "Y").to_euler()
        bpy.context.collection.objects.link(thing)


def camera(scene):
    """A camera that looks from one point at another, rolled, with a thin lens."""
    shot = scene["camera"]
    data = bpy.data.cameras.new("camera")
    data.sensor_width = 36.0
    data.sensor_fit = "AUTO"
    data.lens = shot["focal"]
    data.clip_start = 0.01
    data.dof.use_dof = shot["f_stop"] > 0
    data.dof.aperture_fstop = shot["f_stop"] or 8.0
    data.dof.focus_distance = shot["focus"] * MM
    thing = bpy.data.objects.new("camera", data)
    place = Vector([c * MM for c in shot["place"]])
    back = (place - Vector([c * MM for c in shot["target"]])).normalized()
    right = Vector((0, 1, 0)).cross(back).normalized()
    turn = Matrix((right, back.cross(right), back)).transposed().to_4x4()
    thing.matrix_world = (
        Matrix.Translation(place) @ turn @ Matrix.Rotation(math.radians(shot["roll"]), 4, "Z")
    )
    bpy.context.collection.objects.link(thing)
    bpy.context.scene.camera = thing
    return data


def render_light(scene, out):
    """The photograph: albedo, light and gloss as three EXR files."""
    settings = bpy.context.scene
    settings.render.engine = "CYCLES"
    settings.render.resolution_x, settings.render.resolution_y = scene["size"]
    settings.render.resolution_percentage = 100
    settings.cycles.samples = scene["samples"]
    settings.cycles.use_adaptive_sampling = False
    settings.cycles.use_denoising = False
    settings.cycles.seed = scene["seed"]
    settings.cycles.max_bounces = 2
    settings.cycles.diffuse_bounces = 1
    settings.cycles.glossy_bounces = 1
    settings.cycles.sample_clamp_indirect = 3.0
    settings.cycles.caustics_reflective = False
    settings.cycles.filter_width = 1.3
    layer = settings.view_layers[0]
    for name in ("diffuse", "glossy"):
        for part in ("direct", "indirect", "color"):
            setattr(layer, f"use_pass_{name}_{part}", True)
    settings.use_nodes = True
    nodes, links = settings.node_tree.nodes, settings.node_tree.links
    nodes.clear()
    source = nodes.new("CompositorNodeRLayers")

    def mix(kind, a, b):
        node = nodes.new("CompositorNodeMixRGB")
        node.blend_type = kind
        links.new(a, node.inputs[1])
        links.new(b, node.inputs[2])
        return node.outputs[0]

    o = source.outputs
    gloss = mix("MULTIPLY", o["GlossCol"], mix("ADD", o["GlossDir"], o["GlossInd"]))
    files = nodes.new("CompositorNodeOutputFile")
    files.base_path = str(out)
    files.format.file_format = "OPEN_EXR"
    files.format.color_depth = "16"
    files.file_slots.clear()
    for name, socket in (
        ("albedo", o["DiffCol"]),
        ("light", mix("ADD", o["DiffDir"], o["DiffInd"])),
        ("gloss", gloss),
    ):
        files.file_slots.new(name)
        links.new(socket, files.inputs[name])
    settings.render.filepath = str(out / "unused")
    bpy.ops.render.render()


def render_index(out, lens):
    """The same view as numbers: no lamp, no blur, one ray a pixel, twice the size."""
    settings = bpy.context.scene
    settings.use_nodes = False
    lens.dof.use_dof = False
    settings.render.resolution_percentage = 200
    settings.cycles.samples = 1
    settings.cycles.filter_width = 0.01
    settings.cycles.max_bounces = 0
    settings.view_settings.view_transform = "Raw"
    settings.display_settings.display_device = "None"
    settings.render.dither_intensity = 0.0
    settings.render.image_settings.file_format = "PNG"
    settings.render.image_settings.color_depth = "16"
    settings.render.image_settings.color_mode = "RGB"
    settings.world.node_tree.nodes["Background"].inputs[1].default_value = 0.0
    for thing in list(bpy.data.objects):
        if thing.type == "LIGHT":
            bpy.data.objects.remove(thing)
        elif thing.type == "MESH":
            number = bpy.data.materials.new("number")
            number.use_nodes = True
            nodes, links = number.node_tree.nodes, number.node_tree.links
            nodes.clear()
            end = nodes.new("ShaderNodeOutputMaterial")
            glow = nodes.new("ShaderNodeEmission")
            links.new(glow.outputs[0], end.inputs["Surface"])
            place = nodes.new("ShaderNodeUVMap")
            split, join = nodes.new("ShaderNodeSeparateXYZ"), nodes.new("ShaderNodeCombineXYZ")
            links.new(place.outputs[0], split.inputs[0])
            join.inputs[0].default_value = thing.pass_index / 255
            if thing.pass_index:
                links.new(split.outputs[0], join.inputs[1])
                links.new(split.outputs[1], join.inputs[2])
            links.new(join.outputs[0], glow.inputs["Color"])
            thing.data.materials.clear()
            thing.data.materials.append(number)
    settings.render.filepath = str(out / "index.png")
    bpy.ops.render.render(write_still=True)


def main():
    """Read the scene named after `--` and render it into its folder."""
    path = Path(sys.argv[sys.argv.index("--") + 1])
    scene = json.loads(path.read_text(encoding="utf-8"))
    bpy.ops.wm.read_factory_settings(use_empty=True)
    board_and_wall(scene)
    heading_card(scene["heading"])
    for sheet in scene["sheets"]:
        paper_sheet(sheet)
    small_things(scene["things"])
    lamps_and_room(scene)
    lens = camera(scene)
    render_light(scene, path.parent)
    render_index(path.parent, lens)


main()
