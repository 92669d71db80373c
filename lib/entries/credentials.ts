/**
 * Short-lived credentials for registries of clouds, with web standards only.
 *
 * @module
 */

export { awsCredentials, type AwsOptions } from "../registry/cloud/aws.ts";
export type { AwsKey } from "../registry/cloud/aws_signature.ts";
export { azureCredentials, type AzureOptions } from "../registry/cloud/azure.ts";
export type { CloudOptions } from "../registry/cloud/cloud_request.ts";
export { googleCredentials, type GoogleOptions } from "../registry/cloud/google.ts";
