/** One repository of a registry, call by call, as `container-image-builder` had it. */

import type { Bytes, ByteStream } from "../base/bytes.ts";
import { collectBytes } from "../base/collect.ts";
import { fromReadable } from "../base/readable.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { parseDigest } from "../oci/digest.ts";
import { parseDocument } from "../oci/document.ts";
import { bareMediaType } from "../oci/document_body.ts";
import { formatJson, isJsonObject, type JsonObject, parseJson } from "../oci/json.ts";
import { OCI_INDEX, OCI_MANIFEST } from "../oci/media_type.ts";
import { parseRegistryName, parseRepositoryName } from "../oci/reference.ts";
import type { Repository } from "../oci/repository.ts";
import { digestOf } from "../oci/digest.ts";
import { type AccessOptions, createAccess } from "./access.ts";
import { type AuthResult, toCredential } from "./auth_config.ts";
import type { ImageManifest } from "./image_data.ts";
import { type NativeStream, nativeTypes } from "./native_types.ts";
